// Bessel functions I of orders 0 and 1: polynomials in x^2 up to 8, and in 1/|x|, of the function times sqrt(|x|) e^-|x|, above.

fn i0_near(x: f32) -> f32 {
  let t = x * x;
  let a = fma(fma(fma(5.716073773e-17, t, 5.815643079e-15), t, 2.634186512e-12), t, 4.623521095e-10);
  let b = fma(fma(fma(a, t, 6.800496608e-8), t, 6.779313813e-6), t, 4.340438215e-4);
  return fma(fma(fma(b, t, 1.562494926e-2), t, 2.50000056e-1), t, 1.0);
}

/** I1(x) / x */
fn i1_near(x: f32) -> f32 {
  let t = x * x;
  let a = fma(fma(fma(1.04514722e-15, t, 9.010455824e-14), t, 3.707534607e-11), t, 5.542563324e-9);
  let b = fma(fma(fma(a, t, 6.800982571e-7), t, 5.423525739e-5), t, 2.604247386e-3);
  return fma(fma(b, t, 6.249987297e-2), t, 0.5);
}

fn i0_far(a: f32) -> f32 {
  let u = precise_div(1.0, a);
  let p = fma(fma(fma(1.091375772e-1, u, 2.00876809e-2), u, 2.852485762e-2), u, 4.985948852e-2);
  return fma(p, u, 3.989423034e-1) * precise_rsqrt(a);
}

fn i1_far(a: f32) -> f32 {
  let u = precise_div(1.0, a);
  let p = fma(fma(fma(-4.523775288e-1, u, 9.698653198e-3), u, -4.615630246e-2), u, -4.657576925e-2);
  return fma(fma(p, u, -1.496054475e-1), u, 3.989422844e-1) * precise_rsqrt(a);
}

/** y e^a, where e^a alone may overflow. */
fn times_exp(y: f32, a: f32) -> f32 {
  let half = precise_exp(0.5 * a);
  return (y * half) * half;
}

fn precise_i0(x: f32) -> f32 {
  let a = abs(x);
  return select(times_exp(i0_far(a), a), i0_near(a), a <= 8.0);
}

fn precise_i0e(x: f32) -> f32 {
  let a = abs(x);
  return select(i0_far(a), i0_near(min(a, 8.0)) * precise_exp(-a), a <= 8.0);
}

fn precise_i1(x: f32) -> f32 {
  let a = abs(x);
  return select(copy_sign(times_exp(i1_far(a), a), x), x * i1_near(a), a <= 8.0);
}

fn precise_i1e(x: f32) -> f32 {
  let a = abs(x);
  return select(copy_sign(i1_far(a), x), x * i1_near(min(a, 8.0)) * precise_exp(-a), a <= 8.0);
}
