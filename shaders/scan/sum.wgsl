// cumsum.
alias Accumulator = ${T};

fn identity() -> Accumulator { return ${T}(0); }
fn combine(a: Accumulator, b: Accumulator) -> Accumulator { return a + b; }
