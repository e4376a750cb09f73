// any and all. u32, because memory does not hold bool.
alias Accumulator = u32;

fn identity() -> Accumulator { return select(0u, 1u, ${ALL}); }
fn element(x: bool, r: u32) -> Accumulator { return select(0u, 1u, x); }
fn combine(a: Accumulator, b: Accumulator) -> Accumulator {
#if ${ALL}
  return a & b;
#else
  return a | b;
#endif
}
fn result(a: Accumulator) -> bool { return a != 0u; }
