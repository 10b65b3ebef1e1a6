// path: tsconfig.json
{
  // comments and trailing commas are fine
  "extends": "./tsconfig.base.json",
  "compilerOptions": { "strict": true, },
}
// path: tsconfig.base.json
{ "compilerOptions": { "baseUrl": "./src", "paths": { "@lib/*": ["library/*"], "config": ["settings/main.ts"] } } }
// path: src/library/text/index.ts
export function trim() {}
// path: src/settings/main.ts
export function read() {}
// path: src/helpers.ts
export function help() {}
// path: src/helpers.test-d.ts
export function help() {}
// path: packages/core/package.json
{ "name": "@acme/core", "exports": { ".": { "types": "./dist/index.d.ts", "import": "./dist/index.js" }, "./extra/*": "./src/extra/*.ts" }, "imports": { "#inner": "./src/inner.ts" } }
// path: packages/core/src/index.ts
import { deep } from '#inner'
export function core() {
  deep() // calls: packages/core/src/inner.ts::deep
}
// path: packages/core/src/inner.ts
export function deep() {}
// path: packages/core/src/extra/one.ts
export function extra() {}
// path: packages/old/package.json
{ "name": "old", "main": "lib/old.js" }
// path: packages/old/lib/old.js
exports.old = function () {}
// path: src/app.ts
import { trim } from '@lib/text'
import { read } from 'config'
import { help } from 'helpers'
import { help as same } from './helpers.js'
import { core } from '@acme/core'
import { extra } from '@acme/core/extra/one'
import { old } from 'old'
import { readFileSync } from 'node:fs'
import leftPad from 'left-pad'
trim() // calls: src/library/text/index.ts::trim
read() // calls: src/settings/main.ts::read
help() // calls: src/helpers.ts::help
same() // calls: src/helpers.ts::help
core() // calls: packages/core/src/index.ts::core
extra() // calls: packages/core/src/extra/one.ts::extra
old() // calls: packages/old/lib/old.js::old
readFileSync('x') // calls: external:fs.readFileSync
leftPad('x', 2) // calls: external:left-pad
