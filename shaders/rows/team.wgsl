// A team of TEAM threads works on one row; a workgroup of WIDTH threads holds WIDTH / TEAM teams. TEAM is a power of two.
// All threads of the workgroup must call these together, also those whose row lies past the end.
const TEAM = ${TEAM}u;
const WIDTH = ${WIDTH}u;

#if ${SHARED}
var<workgroup> lanes: array<f32, WIDTH>;

fn team_sum(value: f32, thread: u32) -> f32 {
  lanes[thread] = value;
  for (var span = TEAM / 2u; span > 0u; span /= 2u) {
    workgroupBarrier();
    if (thread % TEAM < span) {
      lanes[thread] += lanes[thread + span];
    }
  }
  workgroupBarrier();
  let total = lanes[thread - thread % TEAM];
  workgroupBarrier();
  return total;
}

fn team_max(value: f32, thread: u32) -> f32 {
  lanes[thread] = value;
  for (var span = TEAM / 2u; span > 0u; span /= 2u) {
    workgroupBarrier();
    if (thread % TEAM < span) {
      lanes[thread] = nan_max(lanes[thread], lanes[thread + span]);
    }
  }
  workgroupBarrier();
  let largest = lanes[thread - thread % TEAM];
  workgroupBarrier();
  return largest;
}
#else
fn team_sum(value: f32, thread: u32) -> f32 {
  return value;
}

fn team_max(value: f32, thread: u32) -> f32 {
  return value;
}
#endif
