// argmax and argmin. Of equal values the first counts; NaN beats everything, and of several the first.
struct Accumulator {
  value: ${T},
  index: u32,
}
const NOTHING = 0xffffffffu;

fn identity() -> Accumulator { return Accumulator(${T}(0), NOTHING); }
fn element(x: ${T}, r: u32) -> Accumulator { return Accumulator(x, r); }
fn combine(a: Accumulator, b: Accumulator) -> Accumulator {
  if (b.index == NOTHING) { return a; }
  if (a.index == NOTHING) { return b; }
#if ${FLOAT}
  let a_nan = is_nan(a.value);
  let b_nan = is_nan(b.value);
  var better = a_nan && !b_nan;
  var equal = a_nan && b_nan;
  if (!a_nan && !b_nan) {
    equal = a.value == b.value;
    better = ${BETTER};
  }
#else
  let equal = a.value == b.value;
  let better = ${BETTER};
#endif
  if (better || (equal && a.index < b.index)) { return a; }
  return b;
}
fn result(a: Accumulator) -> i32 { return i32(a.index); }
