// Channel numbers by digit keys: 0 is the floor. With more than nine channels a "1" waits a moment for a second digit.

const WAIT_MS = 700;

export class DigitKeys {
  private typed = '';
  private timer = 0;

  constructor(private readonly done: (number: number) => void) {}

  /** A key, and the channel numbers that there are. */
  key(event: KeyboardEvent, numbers: readonly number[]): void {
    if (!/^\d$/.test(event.key) || event.ctrlKey || event.altKey || event.metaKey || takesText(event.target)) return;
    event.preventDefault();
    window.clearTimeout(this.timer);
    this.typed = String(Number(this.typed + event.key));
    const longer = numbers.some((number) => String(number).length > this.typed.length && String(number).startsWith(this.typed));
    if (longer && this.typed !== '0') this.timer = window.setTimeout(() => this.end(numbers), WAIT_MS);
    else this.end(numbers);
  }

  private end(numbers: readonly number[]): void {
    const number = Number(this.typed);
    this.typed = '';
    if (numbers.includes(number)) this.done(number);
  }
}

function takesText(target: EventTarget | null): boolean {
  return target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement || (target instanceof HTMLInputElement && !['range', 'checkbox'].includes(target.type));
}
