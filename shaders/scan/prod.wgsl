// cumprod.
alias Accumulator = ${T};

fn identity() -> Accumulator { return ${T}(1); }
fn combine(a: Accumulator, b: Accumulator) -> Accumulator { return a * b; }
