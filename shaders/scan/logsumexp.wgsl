// logcumsumexp: log(e^a + e^b), from the greater one on; of infinities the greater.
alias Accumulator = f32;

fn identity() -> Accumulator { return -inf_f32(); }
fn combine(a: Accumulator, b: Accumulator) -> Accumulator {
  let top = nan_max(a, b);
  if (!is_finite(top)) {
    return top;
  }
  return top + precise_log1p(precise_exp(nan_min(a, b) - top));
}
