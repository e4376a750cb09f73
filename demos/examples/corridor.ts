/**
 * REINFORCE: a policy learns to walk to the end of a corridor by trying, with a reward there and a small price for each step. In one
 * room the ways are swapped, so that the policy has to look where it is.
 *
 *     node tools/run.mjs demos/examples/corridor.ts --episodes 60
 */
import { functional, manualSeed, noGrad, stack, type Tensor, tensor } from 'lumigrad';
import { Categorical } from 'lumigrad/distributions';
import { MLP } from 'lumigrad/models';
import { Tanh } from 'lumigrad/nn';
import { Adam } from 'lumigrad/optim';
import { example, type Log, silent } from './run.ts';

const rooms = 5;
const swapped = 2;
const price = 0.1;

/** Where a step leads from each room: 0 is back and 1 is on, but for the room where they are swapped. */
export function step(room: number, action: number): number {
  const on = (action === 1) !== (room === swapped);
  return Math.max(0, room + (on ? 1 : -1));
}

/** What each step of a walk earned in the end: its own reward and those after it, which count less the later they come. */
export function returns(rewards: readonly number[], discount: number): number[] {
  const sums: number[] = [];
  let sum = 0;
  for (const reward of rewards.toReversed()) {
    sum = reward + discount * sum;
    sums.unshift(sum);
  }
  return sums;
}

/** Trains, and returns how long the walks were, and what the policy does in each room. */
export async function train({
  episodes = 60,
  walks = 16,
  longest = 20,
  lr = 0.05,
  seed = 0,
  log = silent as Log,
} = {}) {
  manualSeed(seed);
  const policy = new MLP(rooms, [16, 2], { activationLayer: Tanh });
  const optimizer = new Adam(policy.parameters(), { lr });
  const inRooms = (at: readonly number[]): Categorical =>
    new Categorical({ logits: policy.forward(functional.oneHot(tensor(at), rooms).float()) });

  const lengths: number[] = [];
  for (let episode = 1; episode <= episodes; episode++) {
    // All walks take a step at a time, side by side; one that has arrived stays, and earns nothing any more.
    let at = new Array<number>(walks).fill(0);
    const scores: Tensor[] = [];
    const rewards: number[][] = [];
    const alive: number[][] = [];
    for (let time = 0; time < longest && at.some((room) => room < rooms); time++) {
      const distribution = inRooms(at.map((room) => Math.min(room, rooms - 1)));
      const action = distribution.sample();
      scores.push(distribution.logProb(action));
      alive.push(at.map((room) => (room < rooms ? 1 : 0)));
      const actions = (await action.tolist()) as number[];
      const next = at.map((room, i) => (room < rooms ? step(room, actions[i]!) : room));
      rewards.push(at.map((room, i) => (room === rooms ? 0 : next[i] === rooms ? 1 : -price)));
      at = next;
    }
    // Better or worse than the others of this episode?
    const earned = at.map((_, i) => returns(rewards.map((row) => row[i]!), 0.95)); // biome-ignore format: one thought
    const gains = tensor(scores.map((_, time) => earned.map((sums) => sums[time]!)));
    const mask = tensor(alive).float();
    const count = mask.sum();
    const mean = gains.mul(mask).sum().div(count);
    const advantage = gains.sub(mean);

    optimizer.zeroGrad();
    const loss = stack(scores).mul(advantage).mul(mask).sum().div(count).neg();
    loss.backward();
    optimizer.step();
    lengths.push(alive.flat().reduce((a, b) => a + b) / walks);
    if (episode % 10 === 0) log(`episode ${episode}  steps ${lengths.at(-1)!.toFixed(1)}`);
  }
  const ways = await noGrad(() => inRooms(Array.from({ length: rooms }, (_, room) => room)).mode).tolist();
  log(`from each room: ${(ways as number[]).map((way) => (way === 1 ? 'on' : 'back')).join(', ')}`);
  return { lengths, ways: ways as number[] };
}

await example(import.meta.url, { episodes: 60 }, (flags) => train({ ...flags, log: console.log }));
