// path: globals.d.ts
declare namespace Host {
  function open(path: string): Handle
  interface Handle { close(): void }
}
declare function hostCall(): Host.Handle
// path: lib.ts
export namespace Text {
  export function trim() { helper() } // calls: ::Text.helper
  function helper() {}
  export namespace Deep { export const go = () => {} }
  export class Cursor { move() {} }
}
export function parse() {}
export namespace parse { export function strict() {} }
export enum Level { Low, High = 'high' }
export class Level2 { static of() { return Level.Low } } // references: ::Level.Low
export namespace Level2 { export const extra = () => 1 }
// path: app.ts
import { Text, parse, Level, Level2 } from './lib'
import Inner = Text.Deep
Text.trim() // calls: lib.ts::Text.trim
Text.Deep.go() // calls: lib.ts::Text.Deep.go
Inner.go() // calls: lib.ts::Text.Deep.go
new Text.Cursor().move() // calls: lib.ts::Text.Cursor, lib.ts::Text.Cursor.move
parse() // calls: lib.ts::parse
parse.strict() // calls: lib.ts::parse~2.strict
Level2.of() // calls: lib.ts::Level2.of
Level2.extra() // calls: lib.ts::Level2~2.extra
const level = Level.High // references: lib.ts::Level.High
Host.open('x').close() // calls: globals.d.ts::Host.open, globals.d.ts::Host.Handle.close
hostCall().close() // calls: globals.d.ts::hostCall, globals.d.ts::Host.Handle.close
