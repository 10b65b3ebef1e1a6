// path: levels.ts
export const Level = { low: () => 1, high: () => 2 } as const
export type Level = (typeof Level)[keyof typeof Level]
export interface Store { open(): void }
export const Store = () => 1
// path: use.ts
import { Level, Store } from './levels'
Level.low() // calls: levels.ts::Level~2.low
Store() // calls: levels.ts::Store~2
function take(store: Store) { // references: levels.ts::Store
  store.open() // calls: levels.ts::Store.open
}
