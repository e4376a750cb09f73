/** A contender in a browser page: run.ts calls the host through Playwright. */
import { Host } from '../host.ts';

declare global {
  var benchHost: Host;
}

globalThis.benchHost = new Host();
