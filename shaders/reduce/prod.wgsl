alias Accumulator = ${T};

fn identity() -> Accumulator { return ${T}(1); }
fn element(x: ${T}, r: u32) -> Accumulator { return x; }
fn combine(a: Accumulator, b: Accumulator) -> Accumulator { return a * b; }
fn result(a: Accumulator) -> ${T} { return a; }
