// Threefry-2x32, 20 rounds (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011).

fn threefry_round(x: vec2<u32>, r: u32) -> vec2<u32> {
  let sum = x.x + x.y;
  return vec2<u32>(sum, ((x.y << r) | (x.y >> (32u - r))) ^ sum);
}

fn threefry_rounds_even(x: vec2<u32>) -> vec2<u32> {
  return threefry_round(threefry_round(threefry_round(threefry_round(x, 13u), 15u), 26u), 6u);
}

fn threefry_rounds_odd(x: vec2<u32>) -> vec2<u32> {
  return threefry_round(threefry_round(threefry_round(threefry_round(x, 17u), 29u), 16u), 24u);
}

fn threefry2x32(key: vec2<u32>, ctr: vec2<u32>) -> vec2<u32> {
  let k2 = 0x1bd11bdau ^ key.x ^ key.y;
  var x = threefry_rounds_even(ctr + key);
  x = threefry_rounds_odd(x + vec2<u32>(key.y, k2 + 1u));
  x = threefry_rounds_even(x + vec2<u32>(k2, key.x + 2u));
  x = threefry_rounds_odd(x + vec2<u32>(key.x, key.y + 3u));
  x = threefry_rounds_even(x + vec2<u32>(key.y, k2 + 4u));
  return x + vec2<u32>(k2, key.x + 5u);
}
