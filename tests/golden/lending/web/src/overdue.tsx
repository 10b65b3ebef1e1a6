import { loansOf, Loan } from './api'
import { formatDate } from './dates'

/** Loans that should have been returned. */
export function overdue(loans: Loan[], today: Date): Loan[] {
  return loans.filter((loan) => new Date(loan.due) < today)
}

export async function OverdueList({ card }: { card: string }) {
  const late = overdue(await loansOf(card), new Date())
  return <ul>{late.map((loan) => <li key={loan.isbn}>{formatDate(loan.due)}</li>)}</ul>
}
