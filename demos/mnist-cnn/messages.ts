import { byId, make } from './dom.ts';

const most = 3;

/** What the visitor must know, above the page's content, until dismissed. */
export class Messages {
  private readonly root = byId('messages', HTMLElement);

  add(kind: 'notice' | 'problem', text: string): void {
    for (const old of [...this.root.children]) {
      if (old.firstChild?.textContent === text) old.remove();
    }
    const dismiss = make('button', { type: 'button', className: 'quiet', textContent: 'Dismiss' });
    const message = make('div', { className: `message ${kind}` }, make('p', { textContent: text }), dismiss);
    message.setAttribute('role', kind === 'problem' ? 'alert' : 'status');
    dismiss.addEventListener('click', () => message.remove());
    this.root.append(message);
    while (this.root.children.length > most) this.root.firstElementChild!.remove();
  }

  clear(): void {
    this.root.replaceChildren();
  }
}
