// linearScan: the map y -> factor y + term; combined, first a and then b.
struct Accumulator {
  factor: f32,
  term: f32,
}

fn identity() -> Accumulator { return Accumulator(1.0, 0.0); }
fn combine(a: Accumulator, b: Accumulator) -> Accumulator {
  return Accumulator(a.factor * b.factor, b.factor * a.term + b.term);
}
