# path: bin/run.sh
source ./lib/common.sh # imports: bin/lib/common.sh
. "$ROOT/deploy.sh" # imports: deploy.sh

build() {
  log "building" # calls: bin/lib/common.sh::log
  grep x file # calls: external:grep
}

build all # calls: ::build
deploy "$(build one)" # calls: deploy.sh::deploy, ::build

# path: bin/lib/common.sh
# Say it.
log() {
  printf '%s\n' "$1"
}

# path: deploy.sh
function deploy {
  true
}
