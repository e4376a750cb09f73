import { byId, make } from './dom.ts';

const greatest = 100_000_000;

/** Saving and loading: buttons, and a file dropped anywhere on the page. */
export class Weights {
  private readonly loaded: (bytes: Uint8Array) => void;
  private readonly failed: (text: string) => void;

  constructor(save: () => void, loaded: (bytes: Uint8Array) => void, failed: (text: string) => void) {
    this.loaded = loaded;
    this.failed = failed;
    const input = byId('load-file', HTMLInputElement);
    byId('save', HTMLButtonElement).addEventListener('click', save);
    byId('load', HTMLButtonElement).addEventListener('click', () => input.click());
    input.addEventListener('change', () => {
      this.read(input.files?.[0]);
      // So that the same file can be chosen again.
      input.value = '';
    });
    addEventListener('dragover', (event) => {
      if (!event.dataTransfer?.types.includes('Files')) return;
      event.preventDefault();
      document.body.classList.add('dropping');
    });
    for (const end of ['dragleave', 'drop'] as const) {
      addEventListener(end, () => document.body.classList.remove('dropping'));
    }
    addEventListener('drop', (event) => {
      if (!event.dataTransfer?.files.length) return;
      event.preventDefault();
      this.read(event.dataTransfer.files[0]);
    });
  }

  enable(): void {
    byId('save', HTMLButtonElement).disabled = false;
    byId('load', HTMLButtonElement).disabled = false;
  }

  /** Hands `bytes` to the visitor as a file. */
  download(bytes: Uint8Array<ArrayBuffer>, name: string): void {
    const url = URL.createObjectURL(new Blob([bytes], { type: 'application/octet-stream' }));
    make('a', { href: url, download: name }).click();
    // The browser has begun to read it by then.
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  private read(file: File | undefined): void {
    if (!file) return;
    if (file.size > greatest) {
      this.failed(`${file.name} is larger than 100 MB; weights of these models are about 1 MB.`);
      return;
    }
    file.arrayBuffer().then(
      (buffer) => this.loaded(new Uint8Array(buffer)),
      () => this.failed(`${file.name} could not be read.`),
    );
  }
}
