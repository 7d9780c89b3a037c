// Notices that headphones were unplugged: the browser goes on with another device and says nothing. Pure.

export interface OutputDevice {
  deviceId: string; // "default" and "communications" name the system's choice
  groupId: string; // of the thing on the cable
  label: string;
}

export class OutputWatch {
  private using: OutputDevice | null = null;

  /**
   * The devices of now, and the one that was chosen ('' the system's). `gone`: the chosen one is away; `changed`: the system's
   * choice is another thing than before. Told once.
   */
  seen(devices: readonly OutputDevice[], chosen: string): 'gone' | 'changed' | null {
    const wanted = chosen || 'default';
    const now = devices.find((each) => each.deviceId === wanted) ?? (chosen === '' ? (devices[0] ?? null) : null);
    const before = this.using;
    this.using = now;
    if (before === null || (now !== null && before.deviceId !== now.deviceId && chosen !== '')) return null;
    if (now === null) return 'gone';
    return before.groupId !== now.groupId ? 'changed' : null;
  }
}
