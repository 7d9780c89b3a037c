// The few lines by which all pages make and find elements. Text always goes in as text: no markup from a name or a message.

import { localize, type LocalizedText } from './text.js';

type Value = string | number | boolean | undefined;
export interface Attributes {
  [name: string]: Value | LocalizedText;
}

/**
 * A new element. `attributes`: true gives an empty attribute, false and undefined none. Strings among the children become text. A text() among
 * attributes or children follows the language of the page.
 */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string | LocalizedText)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') localize(element, () => setAttribute(element, name, value()));
    else setAttribute(element, name, value);
  }
  element.append(...children.map((child) => (typeof child === 'function' ? localizedNode(child) : child)));
  return element;
}

function localizedNode(text: LocalizedText): Text {
  const node = document.createTextNode('');
  localize(node, () => (node.data = text()));
  return node;
}

/** Sets or removes an attribute by the rule of el(). */
export function setAttribute(element: Element, name: string, value: Value): void {
  if (value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? '' : String(value));
}

/** The element of this id, which the page's HTML must have. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element #${id}`);
  return element as T;
}

/** Sets the text only when it differs: screen readers and layout are left alone otherwise. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

let lastId = 0;

/** An id that no other element of the page has. */
export function newId(prefix: string): string {
  return `${prefix}-${++lastId}`;
}
