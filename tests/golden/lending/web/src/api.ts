/** What the server says of a loan. */
export interface Loan {
  isbn: string
  due: string
}

export class RequestFailed extends Error {
  constructor(readonly status: number) {
    super(`the server answered ${status}`)
  }
}

/** Fetch JSON, trying again with growing pauses while the server is busy. */
export async function fetchWithRetry<T>(url: string, attempts = 3): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const response = await fetch(url)
    if (response.ok) return response.json()
    if (response.status < 500 || attempt + 1 >= attempts) throw new RequestFailed(response.status)
    await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt))
  }
}

export const loansOf = (card: string): Promise<Loan[]> => fetchWithRetry(`/loans/${card}`)
