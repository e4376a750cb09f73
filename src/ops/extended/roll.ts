/** Rotation along a dim, whose gradient is the rotation back. */
import type { Attrs, CompositeRow, Kit, Ref } from '../types.ts';

export const rollComposites = {
  /** attrs: dim, shift. The last `shift` positions (0 < shift < size) come first. */
  roll: {
    kind: 'composite',
    forward: (k, [x], attrs) => [rolled(k, x as Ref, attrs)],
    vjp: ({ k, grads, attrs }) => {
      const g = grads[0]!;
      const dim = attrs.dim as number;
      return [k.op('roll', [g], { dim, shift: g.shape[dim]! - (attrs.shift as number) })];
    },
  },
} satisfies Record<string, CompositeRow>;

function rolled(k: Kit, x: Ref, attrs: Attrs): Ref {
  const { dim, shift } = attrs as { dim: number; shift: number };
  const part = (start: number, size: number): Ref =>
    k.slice(
      x,
      x.shape.map((_, i) => (i === dim ? start : 0)),
      x.shape.map((d, i) => (i === dim ? size : d)),
      x.shape.map(() => 1),
    );
  const rest = x.shape[dim]! - shift;
  return k.op('cat', [part(rest, shift), part(0, rest)], { dim });
}
