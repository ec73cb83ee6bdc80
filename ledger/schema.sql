-- The tables of the ledger. {bytes} and {clustered} differ between databases.
--
-- at, started, … are nanoseconds since 1970 UTC; minute, second and day are whole
-- ones since then. Columns that end in _cost, and peaks, are in 1e-9 Service
-- Request. An account is a number of table accounts; 0 is the whole system.
-- user_id and counter are 64 bits that the databases show with a sign. verdict
-- and reason are numbers of table reasons. position is a record's place in the
-- journal. Nothing is null but a target without a key of pseudonyms.

create table if not exists meta (
    key text primary key,
    value text not null
);

-- One row: how far the fold has come. state is what else it needs to go on.
create table if not exists folded (
    one bigint primary key,
    position bigint not null,
    at bigint not null,
    mark {bytes} not null, -- of the last record, to know it again
    first_position bigint not null,
    first_at bigint not null,
    decisions bigint not null,
    outcomes bigint not null,
    others bigint not null,
    missing bigint not null, -- positions stepped over
    state {bytes} not null
);

create table if not exists accounts (
    id bigint primary key,
    name text not null,
    state {bytes} not null -- what the fold needs of the account to go on
);

create table if not exists reasons (
    verdict bigint not null,
    reason bigint not null,
    verdict_name text not null,
    reason_name text not null,
    primary key (verdict, reason)
) {clustered};

-- Variants that are in no catalogue, in the order in which they were met.
create table if not exists other_variants (
    id bigint primary key,
    variant text not null
);

create table if not exists counts (
    minute bigint not null,
    account bigint not null,
    user_id bigint not null,
    variant text not null,
    verdict bigint not null,
    reason bigint not null,
    requests bigint not null,
    cost bigint not null,
    primary key (minute, account, user_id, variant, verdict, reason)
) {clustered};

create table if not exists day_counts (
    day bigint not null,
    account bigint not null,
    user_id bigint not null,
    variant text not null,
    verdict bigint not null,
    reason bigint not null,
    requests bigint not null,
    cost bigint not null,
    primary key (day, account, user_id, variant, verdict, reason)
) {clustered};

create table if not exists minutes (
    minute bigint not null,
    account bigint not null,
    offered bigint not null, offered_cost bigint not null,
    forwarded bigint not null, forwarded_cost bigint not null,
    throttled bigint not null, throttled_cost bigint not null,
    closed bigint not null, closed_cost bigint not null, -- refused because nothing was taken: in none of the others
    shadow bigint not null, shadow_cost bigint not null, -- would have been refused for traffic, and went on: likewise
    shadow_closed bigint not null, shadow_closed_cost bigint not null, -- would have been refused because nothing was taken, and went on: likewise
    spare bigint not null, spare_cost bigint not null,
    answered bigint not null,
    dsp_errors bigint not null,
    failed bigint not null,
    busy bigint not null,
    client_left bigint not null,
    peak_second bigint not null, peak_second_at bigint not null,
    peak_burst bigint not null, peak_burst_at bigint not null,
    first_position bigint not null, last_position bigint not null,
    primary key (minute, account)
) {clustered};

create index if not exists system_minutes on minutes (minute) where account = 0;
create index if not exists impaired_minutes on minutes (minute) where dsp_errors + failed + busy > 0;

create table if not exists days (
    day bigint not null,
    account bigint not null,
    offered bigint not null, offered_cost bigint not null,
    forwarded bigint not null, forwarded_cost bigint not null,
    throttled bigint not null, throttled_cost bigint not null,
    closed bigint not null, closed_cost bigint not null, -- refused because nothing was taken: in none of the others
    shadow bigint not null, shadow_cost bigint not null, -- would have been refused for traffic, and went on: likewise
    shadow_closed bigint not null, shadow_closed_cost bigint not null, -- would have been refused because nothing was taken, and went on: likewise
    spare bigint not null, spare_cost bigint not null,
    answered bigint not null,
    dsp_errors bigint not null,
    failed bigint not null,
    busy bigint not null,
    client_left bigint not null,
    peak_second bigint not null, peak_second_at bigint not null,
    peak_burst bigint not null, peak_burst_at bigint not null,
    first_position bigint not null, last_position bigint not null,
    allocation bigint not null, -- in force when peak_burst was reached; of account 0: T
    depth bigint not null,      -- D(u) then; of account 0: what T gives in burst / 2
    within_requests bigint not null, -- judged by the reference bucket
    within_cost bigint not null,
    beyond_requests bigint not null,
    beyond_cost bigint not null,
    primary key (day, account)
) {clustered};

create table if not exists latency (
    day bigint not null,
    account bigint not null,
    service text not null,
    answers bigint not null,
    histogram {bytes} not null,
    primary key (day, account, service)
) {clustered};

create table if not exists episodes (
    id bigint primary key, -- position of the first decision in it
    started bigint not null,
    ended bigint not null,
    how bigint not null, -- 0 active, 1 released, 2 stopped, 3 unwitnessed
    activation bigint not null,
    cause bigint not null, -- 0 unknown, 1 a refusal, 2 what would have been one, 3 an exempt request, 4 by hand
    account bigint not null,
    variant text not null,
    threshold bigint not null,
    first_position bigint not null, last_position bigint not null,
    offered bigint not null, offered_cost bigint not null,
    forwarded bigint not null, forwarded_cost bigint not null,
    throttled bigint not null, throttled_cost bigint not null,
    closed bigint not null, closed_cost bigint not null, -- refused because nothing was taken: in none of the others
    shadow bigint not null, shadow_cost bigint not null, -- would have been refused for traffic, and went on: likewise
    shadow_closed bigint not null, shadow_closed_cost bigint not null, -- would have been refused because nothing was taken, and went on: likewise
    spare bigint not null, spare_cost bigint not null,
    answered bigint not null,
    dsp_errors bigint not null,
    failed bigint not null,
    busy bigint not null,
    client_left bigint not null,
    peak_offered bigint not null, peak_offered_at bigint not null,
    peak_reached bigint not null, peak_reached_at bigint not null,
    refused_seconds bigint not null,
    shadow_seconds bigint not null,
    unused_cost bigint not null,
    pressed_seconds bigint not null,
    pressed_unused_cost bigint not null,
    pressed_capacity_cost bigint not null,
    latency {bytes} not null
);

create table if not exists episode_accounts (
    episode bigint not null,
    account bigint not null,
    offered bigint not null, offered_cost bigint not null,
    forwarded bigint not null, forwarded_cost bigint not null,
    throttled bigint not null, throttled_cost bigint not null,
    closed bigint not null, closed_cost bigint not null, -- refused because nothing was taken: in none of the others
    shadow bigint not null, shadow_cost bigint not null, -- would have been refused for traffic, and went on: likewise
    shadow_closed bigint not null, shadow_closed_cost bigint not null, -- would have been refused because nothing was taken, and went on: likewise
    spare bigint not null, spare_cost bigint not null,
    peak_second bigint not null, peak_second_at bigint not null,
    peak_burst bigint not null, peak_burst_at bigint not null,
    allocation bigint not null,
    depth bigint not null,
    throttled_topups bigint not null,
    shadow_topups bigint not null,
    refused_seconds bigint not null,
    shadow_seconds bigint not null,
    over_cost bigint not null,
    first_refusal bigint not null,
    last_refusal bigint not null,
    first_shadow bigint not null,
    last_shadow bigint not null,
    hungry_seconds bigint not null,
    due_cost bigint not null,
    got_cost bigint not null,
    primary key (episode, account)
) {clustered};

create table if not exists episode_variants (
    episode bigint not null,
    account bigint not null,
    variant text not null,
    offered bigint not null, offered_cost bigint not null,
    forwarded bigint not null, forwarded_cost bigint not null,
    throttled bigint not null, throttled_cost bigint not null,
    closed bigint not null, closed_cost bigint not null, -- refused because nothing was taken: in none of the others
    shadow bigint not null, shadow_cost bigint not null, -- would have been refused for traffic, and went on: likewise
    shadow_closed bigint not null, shadow_closed_cost bigint not null, -- would have been refused because nothing was taken, and went on: likewise
    primary key (episode, account, variant)
) {clustered};

create table if not exists episode_seconds (
    episode bigint not null,
    account bigint not null,
    second bigint not null,
    seconds bigint not null,
    offered bigint not null, offered_cost bigint not null,
    forwarded bigint not null, forwarded_cost bigint not null,
    throttled bigint not null, throttled_cost bigint not null,
    closed bigint not null, closed_cost bigint not null, -- refused because nothing was taken: in none of the others
    shadow bigint not null, shadow_cost bigint not null, -- would have been refused for traffic, and went on: likewise
    shadow_closed bigint not null, shadow_closed_cost bigint not null, -- would have been refused because nothing was taken, and went on: likewise
    primary key (episode, account, second)
) {clustered};

-- The first hundred of each minute and account, and those within the allocation;
-- by verdict also what would have been refused.
create table if not exists refusals (
    position bigint primary key,
    at bigint not null,
    account bigint not null,
    user_id bigint not null,
    variant text not null, -- as it stood in the request
    command_variant bigint not null,
    counter bigint not null,
    target {bytes},
    cost bigint not null,
    assured bigint not null,
    spare bigint not null,
    pool bigint not null,
    cold bigint not null,
    depth bigint not null,
    allocation bigint not null,
    policy bigint not null,
    refusals bigint not null,
    retry_after bigint not null,
    verdict bigint not null,
    reason bigint not null,
    active bigint not null,
    activated bigint not null,
    within bigint not null,
    kept bigint not null,
    pool_limit bigint not null,
    hold bigint not null,
    hold_rate bigint not null,
    exempt bigint not null,
    vouched bigint not null,
    held bigint not null
);

create index if not exists refusals_of_account on refusals (account, at);

-- Refused requests that are being followed.
create table if not exists open_refusals (
    position bigint primary key, -- of the first refusal
    at bigint not null,
    account bigint not null,
    user_id bigint not null,
    target {bytes} not null,
    counter bigint not null,
    second_message bigint not null, -- of a critical command
    likely bigint not null,         -- whether another request may stand for it
    variant text not null
);

create table if not exists followed (
    day bigint not null,
    account bigint not null,
    variant text not null,
    refusals bigint not null,
    requests bigint not null,
    later bigint not null,
    likely bigint not null,
    never bigint not null,
    not_followed bigint not null,
    later_delay {bytes} not null,
    likely_delay {bytes} not null,
    primary key (day, account, variant)
) {clustered};

-- Refused within the allocation in force: there should be nothing here.
create table if not exists broken (
    day bigint not null,
    account bigint not null,
    requests bigint not null,
    cost bigint not null,
    shadow bigint not null, shadow_cost bigint not null,
    first_position bigint not null,
    primary key (day, account)
) {clustered};

-- Refused, or would have been, while something held the account below its standing
-- allocation; within: what that would have paid for.
create table if not exists lowered (
    day bigint not null,
    account bigint not null,
    cause text not null,
    verdict bigint not null,
    reason bigint not null,
    allocation bigint not null, -- the one in force
    requests bigint not null,
    cost bigint not null,
    within bigint not null, within_cost bigint not null,
    first_position bigint not null,
    primary key (day, account, cause, verdict, reason, allocation)
) {clustered};

create table if not exists terms (
    position bigint primary key,
    at bigint not null,
    account bigint not null,
    policy text not null,
    policy_name text not null,
    new bigint not null,
    start bigint not null,
    allocation bigint not null,
    depth bigint not null,
    threshold bigint not null,
    burst bigint not null,
    slot bigint not null,
    largest_cost bigint not null,
    retry_least bigint not null,
    retry_most bigint not null,
    weight text not null,
    weights text not null,
    minimum bigint not null,
    standing bigint not null, -- the allocation when nothing lowers it
    cause text not null,
    mode bigint not null, -- 0 enforce, 1 shadow, 2 off, 3 suspended
    shadow bigint not null,
    exempt bigint not null,
    held bigint not null,
    hold bigint not null,
    withhold bigint not null,
    closed bigint not null,
    until_at bigint not null,
    from_at bigint not null, -- from when all this holds; 0: at
    margin bigint not null,
    usual_cost bigint not null,
    finish_critical bigint not null,
    treatment text not null -- of table treatments; empty: all variants are alike
);

-- What terms say of variants, as JSON.
create table if not exists treatments (
    name text primary key,
    content text not null
);

create index if not exists terms_of_account on terms (account, position);

create table if not exists policies (
    position bigint primary key,
    at bigint not null,
    number bigint not null,
    name text not null,
    environment text not null,
    digest text not null,
    effective bigint not null,
    who text not null,
    why text not null,
    files bigint not null -- how many
);

-- Steps on the way of a policy.
create table if not exists proposals (
    position bigint primary key,
    at bigint not null,
    step bigint not null, -- 0 prepared, 1 approved, 2 refused, 3 withdrawn
    name text not null,
    digest text not null,
    who text not null,
    why text not null,
    effective bigint not null,
    files bigint not null -- how many
);

create table if not exists notices (
    position bigint primary key,
    at bigint not null,
    account bigint not null,
    policy text not null,
    policy_name text not null,
    effective bigint not null,
    old_rate bigint not null,
    new_rate bigint not null,
    old_weight text not null,
    weight text not null,
    weights text not null,
    source text not null,
    shortened bigint not null
);

create table if not exists challenges (
    position bigint primary key,
    at bigint not null,
    account bigint not null,
    notice bigint not null, -- its position; 0: against none in particular
    answer bigint not null,
    who text not null,
    content text not null
);

create table if not exists deliveries (
    position bigint primary key,
    at bigint not null,
    account bigint not null, -- to whom, or whom it should have reached; 0: the operators
    id text not null, -- of what was told
    kind text not null,
    concerns text not null, -- an account's name; empty: everybody
    happened_at bigint not null,
    sentence text not null,
    subscription text not null,
    who text not null,
    means text not null,
    address text not null,
    attempt bigint not null,
    began_at bigint not null,
    took bigint not null,
    outcome text not null,
    detail text not null,
    sha256 text not null
);

create table if not exists policy_files (
    digest text not null, -- of the policy
    n bigint not null,
    name text not null,
    content text not null,
    primary key (digest, n)
);

create table if not exists starts (
    position bigint primary key,
    at bigint not null,
    crashed bigint not null,
    before_at bigint not null,
    version text not null,
    node text not null,
    environment text not null,
    restart bigint not null,
    wall bigint not null
);

create table if not exists gaps (
    position bigint primary key,
    at bigint not null,
    cause text not null,
    first_position bigint not null, last_position bigint not null,
    decisions bigint not null,
    outcomes bigint not null,
    from_at bigint not null,
    to_at bigint not null
);

create table if not exists losses (
    position bigint primary key,
    at bigint not null,
    account bigint not null,
    decisions bigint not null,
    outcomes bigint not null,
    from_at bigint not null,
    to_at bigint not null
);

create table if not exists damages (
    file text not null,
    place bigint not null, -- offset in the file
    found bigint not null, -- by the fold
    at bigint not null,
    after_position bigint not null,
    octets bigint not null,
    cut bigint not null,
    what text not null,
    primary key (file, place, found)
) {clustered};

create table if not exists acts (
    position bigint primary key,
    at bigint not null,
    who text not null,
    what text not null,
    why text not null,
    account text not null,
    until_at bigint not null,
    reference text not null, -- of an incident or a change elsewhere
    about bigint not null -- the position of the record that it is about; 0: none
);

create table if not exists clocks (
    position bigint primary key,
    at bigint not null,
    ahead bigint not null -- ns
);

create table if not exists heads (
    position bigint primary key,
    at bigint not null,
    content text not null
);
