/** A contender in a Node process of its own: run.ts calls the host's methods by messages. */
import { installDawn } from '../tools/dawn.mjs';
import type { Reply, Request } from './contenders.ts';
import { profileCpu } from './cpu-profile.ts';
import { Host } from './host.ts';

const host = new Host();
await installDawn();

/** What only Node can do. */
const extra = { profile: (steps: number) => profileCpu(() => host.repeat(steps), steps) };

process.on('message', async ({ method, args }: Request) => {
  let reply: Reply;
  try {
    const target = method in extra ? extra : host;
    reply = { value: await Reflect.apply(Reflect.get(target, method), target, args) };
  } catch (error) {
    reply = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  process.send!(reply);
});
process.send!({ value: 'ready' } satisfies Reply);
