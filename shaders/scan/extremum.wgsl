// cummax and cummin: b comes after a, and wins where it is no worse. A NaN beats everything, and only another one beats it.
struct Accumulator {
  value: ${T},
  place: u32,
}

fn identity() -> Accumulator { return Accumulator(${WORST}, 0u); }
fn combine(a: Accumulator, b: Accumulator) -> Accumulator {
#if ${FLOAT}
  let wins = is_nan(b.value) || (!is_nan(a.value) && ${NO_WORSE});
#else
  let wins = ${NO_WORSE};
#endif
  if (wins) {
    return b;
  }
  return a;
}
