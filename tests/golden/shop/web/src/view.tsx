import { connect } from './api'
import { format } from './format'

export function Total({ sum }: { sum: number }) {
  return <b>{format(sum)}</b>
}

export async function show(base: string) {
  const client = connect(base)
  await client.get('/total')
  return <Total sum={1} />
}
