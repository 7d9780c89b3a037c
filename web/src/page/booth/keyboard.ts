// The keyboard of the page, brought to the actions of shortcuts.ts. Knows the focus; decides nothing.

import { actionOf, type Action, type Focus } from './shortcuts.js';

export interface KeyboardHandlers {
  enabled(): boolean;
  act(action: Exclude<Action, { do: 'cough' }>): void;
  coughDown(): void;
  coughUp(): void;
  coughLost(): void;
}

export function listenToKeys(handlers: KeyboardHandlers): void {
  let coughing = false;
  document.addEventListener('keydown', (event) => {
    if (!handlers.enabled() || document.querySelector('dialog[open]')) return;
    const action = actionOf(event, focusOf(document.activeElement));
    if (!action) return;
    event.preventDefault();
    if (action.do !== 'cough') return handlers.act(action);
    if (event.repeat) return;
    coughing = true;
    handlers.coughDown();
  });
  document.addEventListener('keyup', (event) => {
    if (event.code !== 'Space' || !coughing) return;
    coughing = false;
    event.preventDefault(); // a button in focus would be pressed by it
    handlers.coughUp();
  });
  window.addEventListener('blur', () => {
    if (coughing) handlers.coughLost();
    coughing = false;
  });
}

/** They make nothing of Space: a hand that has just moved one must still find COUGH. */
const WITHOUT_SPACE = ['radio', 'range'];
const TEXT_INPUTS = ['text', 'search', 'url', 'email', 'password', 'number', 'tel'];

function focusOf(element: Element | null): Focus {
  if (element instanceof HTMLInputElement)
    return TEXT_INPUTS.includes(element.type) ? 'text' : WITHOUT_SPACE.includes(element.type) ? 'button' : 'control';
  if (element instanceof HTMLTextAreaElement || (element instanceof HTMLElement && element.isContentEditable)) return 'text';
  if (element instanceof HTMLSelectElement) return 'text'; // letters choose in it
  return element instanceof HTMLButtonElement ? 'button' : 'page';
}
