#!/bin/bash
source ./lib/util.sh
. "$DIR/other.sh"
readonly MAX=3
export PATH_X=1
declare -r Q=2
# Doc
build() { helper "$1" two; local x=$(compute a b); }
function deploy { build; }
function with_par() { :; }
alias ll='ls -l'
build all | deploy
if build; then deploy x; fi
