# What ./demo shows. Each scene ends the demo with an error when the program did not carry on. Sourced by ./demo.

SCENE=stasis-demo-$$
SCENE_FILES=$(mktemp -d)

# Shows a command, then runs it.
run() {
  local word
  printf '\n$'
  for word; do
    [[ $word =~ ^[[:alnum:]_/.:=+-]+$ ]] || word=${word@Q}
    printf ' %s' "$word"
  done
  printf '\n'
  "$@"
}

end_scenes() {
  [ -z "${CONTAINERS_CONF:-}" ] ||
    podman rm --force --time 0 --ignore "$SCENE-counter" "$SCENE-moved" "$SCENE-redis" >/dev/null 2>&1 || true
  [ -z "${TREE_INIT:-}" ] || kill -KILL "$TREE_INIT" 2>/dev/null || true
  rm -rf "$SCENE_FILES"
}

# await WHAT COMMAND...: until the command succeeds, for a minute at most.
await() {
  local what=$1 tries=300
  shift
  until "$@" >/dev/null 2>&1; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || die "waited in vain until $what"
    sleep 0.2
  done
}

last_number() {
  podman logs --tail 1 "$1" 2>/dev/null | tr -dc 0-9
}

has_counted_to() {
  [ "$(last_number "$1")" -ge "$2" ]
}

# Whether the log of a counting container has every number from its first to its last, once and in order.
counts_unbroken() {
  podman logs "$1" | tr -d '\r' | awk 'NR > 1 && $1 != last + 1 { exit 1 } { last = $1 }'
}

scene_counting_container() {
  local count='i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done' seen archive=$SCENE_FILES/counter.tar.zst
  say "a container that counts is checkpointed and restored in place"
  run podman run -d --name "$SCENE-counter" --network "$PODMAN_NETWORK" "$(image_reference busybox)" sh -c "$count"
  await "it counts to 5" has_counted_to "$SCENE-counter" 5
  run podman container checkpoint "$SCENE-counter"
  seen=$(last_number "$SCENE-counter")
  echo "it stands still at $seen"
  run podman container restore "$SCENE-counter"
  await "it counts on" has_counted_to "$SCENE-counter" $((seen + 5))
  counts_unbroken "$SCENE-counter" || die "it did not go on where it was"
  echo "it went on: $(podman logs --tail 8 "$SCENE-counter" | xargs)"

  say "the same container leaves in an archive, is removed, and comes back under another name"
  run podman container checkpoint --export "$archive" "$SCENE-counter"
  seen=$(last_number "$SCENE-counter")
  run podman rm "$SCENE-counter"
  run podman container restore --import "$archive" --name "$SCENE-moved"
  await "it counts on" has_counted_to "$SCENE-moved" $((seen + 5))
  counts_unbroken "$SCENE-moved" || die "it did not go on where it was"
  echo "it stood at $seen and went on: $(podman logs --tail 8 "$SCENE-moved" | xargs)"
}

# Asks the Redis server at an address over the network; prints its answer.
ask_redis() {
  local address=$1 answer
  exec 9<>"/dev/tcp/$address/6379" || return 1
  printf '%s\r\n' "$2" >&9
  IFS= read -r -t 10 answer <&9
  exec 9>&-
  printf '%s\n' "${answer//[$'\r':]/}"
}

redis_answers() {
  [ "$(ask_redis "$1" PING)" = +PONG ]
}

scene_redis() {
  local name=$SCENE-redis archive=$SCENE_FILES/redis.tar.zst address
  say "a Redis server with 100,000 keys leaves in an archive, is removed, and comes back at its address"
  run podman run -d --name "$name" --network "$PODMAN_NETWORK" "$(image_reference redis)" \
    redis-server --save '' --protected-mode no
  address=$(podman inspect --format "{{(index .NetworkSettings.Networks \"$PODMAN_NETWORK\").IPAddress}}" "$name")
  await "Redis answers at $address" redis_answers "$address"
  run podman exec "$name" redis-cli eval \
    "for i = 1, 100000 do redis.call('set', 'key:' .. i, 'value ' .. i) end" 0
  run ask_redis "$address" DBSIZE
  run podman container checkpoint --export "$archive" "$name"
  run podman rm "$name"
  run podman container restore --import "$archive"
  await "Redis answers at $address" redis_answers "$address"
  run ask_redis "$address" DBSIZE
  [ "$(ask_redis "$address" DBSIZE)" = 100000 ] || die "keys are missing"
  run podman exec "$name" redis-cli get key:77777
  [ "$(podman exec "$name" redis-cli get key:77777)" = "value 77777" ] || die "a key has another value"
}

quote_log() {
  tail -n 20 "$1" >&2
  die "failed; the end of $1 is above"
}

# A shell and its children in pid, IPC and UTS namespaces of their own, without any container tool.
scene_process_tree() {
  local images=$SCENE_FILES/images output=$SCENE_FILES/output seen
  mkdir "$images"
  say "a process tree in namespaces of its own is dumped, which ends it, and restored"
  : >"$output"
  unshare --pid --ipc --uts --fork setsid sh -c 'i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done' \
    </dev/null >>"$output" 2>/dev/null &
  await "it counts to 5" sh -c "[ \"\$(tail -n 1 '$output')\" -ge 5 ]"
  TREE_INIT=$(pgrep -P $!)
  run ps -o pid,ppid,args --ppid $! --ppid "$TREE_INIT"
  run criu dump --tree "$TREE_INIT" --images-dir "$images" --log-file dump.log || quote_log "$images/dump.log"
  seen=$(tail -n 1 "$output")
  echo "it stands still at $seen"
  run criu restore --images-dir "$images" --log-file restore.log --restore-detached --pidfile "$images/pid" ||
    quote_log "$images/restore.log"
  TREE_INIT=$(cat "$images/pid")
  await "it counts on" sh -c "[ \"\$(tail -n 1 '$output')\" -ge $((seen + 5)) ]"
  awk '$1 != NR { exit 1 }' "$output" || die "it did not go on where it was"
  echo "it went on: $(tail -n 8 "$output" | xargs)"
}
