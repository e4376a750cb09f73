/** Processor time, which tells more than the clock when other programs share the machine. */
import { readdirSync, readFileSync } from 'node:fs';

/** /proc counts in hundredths of a second. */
const tick = 10;

/** Milliseconds of processor time that this process and all below it have used so far; NaN where /proc is missing. */
export function treeCpuTime(): number {
  const children = new Map<number, { readonly pid: number; readonly time: number }[]>();
  let pids: string[];
  try {
    pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return Number.NaN;
  }
  let total = 0;
  for (const pid of pids) {
    try {
      // "pid (name) state ppid …", with user and system time as the 14th and 15th field.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
        .map(Number);
      const time = (fields[11]! + fields[12]!) * tick;
      const parent = fields[1]!;
      if (Number(pid) === process.pid) total += time;
      children.set(parent, [...(children.get(parent) ?? []), { pid: Number(pid), time }]);
    } catch {
      // It ended meanwhile.
    }
  }
  const open = [process.pid];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    for (const child of children.get(pid) ?? []) {
      total += child.time;
      open.push(child.pid);
    }
  }
  return total;
}
