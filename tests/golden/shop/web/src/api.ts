export interface Client {
  get(path: string): Promise<Response>
}

export class HttpClient implements Client {
  constructor(private readonly base: string) {}

  async get(path: string): Promise<Response> {
    return fetch(this.base + path)
  }
}

export const connect = (base: string): Client => new HttpClient(base)
