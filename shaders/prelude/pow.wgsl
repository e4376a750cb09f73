// pow with C's special cases. Small whole exponents are products, so that pow(x, 2) is x * x.

/**
 * x^y for positive finite x and finite y. log x is kept as `units` 2^-24 (an integer, so that its sum is exact) plus a rest;
 * ln 2 is 11629080 - 0.0319548 units.
 */
fn pow_positive(x: f32, exponent: f32) -> f32 {
  let y = clamp(exponent, -4e9, 4e9);
  let reduced = log_reduce(x);
  let e = reduced.x;
  let f = reduced.y;
  // f^2 / 2 = top^2 / 2 + a rest; top has 12 bits, so its square is exact.
  let top = bitcast<f32>(bitcast<u32>(f) & 0xfffff000u);
  let square = 8388608.0 * (top * top);
  let square_whole = floor(square);
  let tail = 16777216.0 * log_tail(f) - 8388608.0 * ((f - top) * (f + top));
  let tail_whole = round(tail);
  let units = i32(e) * 11629080 + i32(f * 16777216.0) - i32(square_whole) + i32(tail_whole);
  let rest = ((tail - tail_whole) - (square - square_whole)) - e * 3.1954797e-2;
  // The product y log x, both factors split so that the large partial product is exact.
  let log_high = bitcast<f32>(bitcast<u32>(f32(units)) & 0xfffff000u);
  let log_low = f32(units - i32(log_high)) + rest;
  let y_high = bitcast<f32>(bitcast<u32>(y) & 0xfffff000u);
  let high = y_high * log_high * 5.9604644775390625e-8;
  let low = (y_high * log_low + (y - y_high) * (log_high + log_low)) * 5.9604644775390625e-8;
  let z = high + low;
  let split = exp_reduce(clamp(high, -128.0, 128.0));
  let scaled = bitcast<i32>(1.0 + exp_tail(split.x + low)) + (i32(split.y) << 23u);
  let result = bitcast<f32>(min(scaled, 0x7f7fffff));
  return select(select(result, 0.0, z < -87.5 || scaled < 0x00800000), inf_f32(), z > 88.72283);
}

fn precise_pow(x: f32, y: f32) -> f32 {
  let magnitude = bitcast<u32>(x) & 0x7fffffffu;
  if ((bitcast<u32>(y) << 1u) == 0u || bitcast<u32>(x) == 0x3f800000u) {
    return 1.0;
  }
  if (is_nan(x) || is_nan(y)) {
    return nan_f32();
  }
  if (is_inf(y)) {
    if (magnitude == 0x3f800000u) {
      return 1.0;
    }
    return select(0.0, inf_f32(), (magnitude > 0x3f800000u) != is_negative(y));
  }
  let whole = abs(y) >= 1.0 && floor(y) == y;
  let odd = whole && abs(y) < 16777216.0 && (i32(y) & 1) == 1;
  let negative = (bitcast<u32>(x) >> 31u) == 1u;
  var result: f32;
  if (magnitude == 0u || magnitude == 0x7f800000u) {
    result = select(0.0, inf_f32(), (magnitude == 0u) == is_negative(y));
  } else if (negative && !whole) {
    return nan_f32();
  } else if (whole && abs(y) <= 4.0 && magnitude >= 0x00800000u) {
    let base = select(abs(x), 1.0 / abs(x), y < 0.0);
    let n = i32(abs(y));
    let squared = base * base;
    result = select(base, squared, n >= 2);
    result = select(result, squared * base, n == 3);
    result = select(result, squared * squared, n == 4);
  } else {
    result = pow_positive(abs(x), y);
  }
  return select(result, -result, negative && odd);
}
