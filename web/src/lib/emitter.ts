// Events with types: a name, and what comes with it. Pure.

export class Emitter<Events extends object> {
  private readonly handlers = new Map<keyof Events, Set<(value: never) => void>>();

  /** Calls `handler` on every such event, until the function that is returned is called. */
  on<K extends keyof Events>(event: K, handler: (value: Events[K]) => void): () => void {
    const set = this.handlers.get(event) ?? new Set();
    this.handlers.set(event, set);
    set.add(handler);
    return () => set.delete(handler);
  }

  emit<K extends keyof Events>(event: K, value: Events[K]): void {
    for (const handler of [...(this.handlers.get(event) ?? [])]) (handler as (value: Events[K]) => void)(value);
  }
}
