/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stasis-NAME is the OCI runtime NAME, but for checkpoint and restore. Everything else must cost
 * nothing: it is an exec, decided here. Which runtime is the real one, the first that is given:
 * STASIS_RUNTIME; the name it is called by, unless that is stasis-runc, the name of the door itself;
 * the line `runtime =` of the configuration file; the first of runc, crun and youki that is there.
 */
#include "runtime.h"
#include "plain.h"

#define NR_ACCESS 21
#define NR_STATX 332
#define X_OK 1
#define STATX_INO 0x100
#define STATX_TYPE 1
#define S_IFMT 0170000
#define S_IFREG 0100000
#define ENOENT 2

#define CONFIGURATION "/etc/stasis/runtime.conf"
#define CONFIGURATION_LIMIT 8192
#define COMPLAINT_LIMIT (2 * PATH_LIMIT)
/* A caller such as podman may leave out PATH. */
#define STANDARD_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define DEPTH "STASIS_RUNTIME_DEPTH="
/* A hook of a container may well call a runtime; a wrapper that leads back to us does so for ever. */
#define DEEPEST '8'

struct file { /* struct statx, as far as we look */
	uint32_t mask;
	uint8_t unused[24];
	uint16_t mode;
	uint16_t spare;
	uint64_t inode;
	uint8_t unused_times[96];
	uint32_t major;
	uint32_t minor;
	uint8_t rest[112];
};
_Static_assert(sizeof(struct file) == 256, "the kernel fills all of it");
_Static_assert(__builtin_offsetof(struct file, inode) == 32, "statx(2)");
_Static_assert(__builtin_offsetof(struct file, major) == 136, "statx(2)");

/* What the door is called as, "runc" of stasis-runc; no engine's door when it is null. */
static const char *own_name;
static char found[PATH_LIMIT];
static char complaint[COMPLAINT_LIMIT];

static int equal(const char *text, const char *other)
{
	return starts_with(text, other) && !text[length_of(other)];
}

static int is_one_of(const char *text, const char *const *words)
{
	for (; *words; words++)
		if (equal(text, *words))
			return 1;
	return 0;
}

static const char *last_part(const char *path)
{
	const char *part = path;

	for (; *path; path++)
		if (*path == '/')
			part = path + 1;
	return part;
}

static int look_at(const char *path, struct file *file)
{
	clear(file, sizeof(*file));
	return raw6(NR_STATX, AT_FDCWD, (uint64_t)path, 0, STATX_INO | STATX_TYPE, (uint64_t)file, 0) == 0;
}

/* Whether it can be executed and is not this very program, by whatever name. */
static int is_runtime(const char *path)
{
	struct file file, self;

	if (!look_at(path, &file) || (file.mode & S_IFMT) != S_IFREG ||
	    raw3(NR_ACCESS, (uint64_t)path, X_OK, 0) != 0)
		return 0;
	if (!look_at("/proc/self/exe", &self))
		fail("cannot read /proc/self/exe; is /proc mounted?", "");
	return file.inode != self.inode || file.major != self.major || file.minor != self.minor;
}

static int find_on(const char *path, const char *name)
{
	uint64_t name_length = length_of(name);

	for (;;) {
		uint64_t length = 0;

		while (path[length] && path[length] != ':')
			length++;
		if (length && length + name_length + 2 < sizeof(found)) {
			copy(found, path, length);
			found[length] = '/';
			copy(found + length + 1, name, name_length + 1);
			if (is_runtime(found))
				return 1;
		}
		if (!path[length])
			return 0;
		path += length + 1;
	}
}

/* By its path, or by a name that is looked for. */
static int find(const char *runtime, char **env)
{
	const char *path = environment(env, "PATH=");

	if (last_part(runtime) == runtime)
		return (path && find_on(path, runtime)) || find_on(STANDARD_PATH, runtime);
	if (length_of(runtime) >= sizeof(found))
		return 0;
	copy(found, runtime, length_of(runtime) + 1);
	return is_runtime(found);
}

static void complain(const char *what, const char *object, const char *more)
{
	const char *parts[] = { "stasis: ", what, object, more };
	uint64_t length = 0;

	for (int i = 0; i < 4; i++)
		for (const char *c = parts[i]; *c && length < sizeof(complaint) - 1; c++)
			complaint[length++] = *c;
	complaint[length] = 0;
}

static int is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The value of the last line `runtime = VALUE`, or null; # starts a comment. -1 for anything else in the file. */
static int configured(const char **value)
{
	static char text[CONFIGURATION_LIMIT];
	static const char key[] = "runtime";
	char *line = text;
	long length = read_file(CONFIGURATION, text, sizeof(text));

	*value = 0;
	if (length < 0)
		return length == -ENOENT ? 0 : -1;
	while (*line) {
		char *end = line, *next, *word = line;

		while (*end && *end != '\n')
			end++;
		next = *end ? end + 1 : end;
		for (char *c = line; c < end; c++)
			if (*c == '#')
				end = c;
		while (word < end && is_blank(*word))
			word++;
		while (end > word && is_blank(end[-1]))
			end--;
		*end = 0;
		if (*word) {
			if (!starts_with(word, key))
				return -1;
			word += sizeof(key) - 1;
			while (is_blank(*word))
				word++;
			if (*word++ != '=')
				return -1;
			while (is_blank(*word))
				word++;
			if (!*word)
				return -1;
			*value = word;
		}
		line = next;
	}
	return 0;
}

/* Puts its path into `found`, or why there is none into `complaint`. */
static int find_runtime(char **env)
{
	const char *given = environment(env, "STASIS_RUNTIME=");

	if (given && *given) {
		if (find(given, env))
			return 1;
		complain("STASIS_RUNTIME names no runtime other than Stasis itself: ", given, "");
		return 0;
	}
	if (own_name && !equal(own_name, "runc")) {
		if (find(own_name, env))
			return 1;
		complain("called by its name, but not found on PATH: the runtime ", own_name, "");
		return 0;
	}
	if (configured(&given) < 0) {
		complain(CONFIGURATION " cannot be read, or has a line other than `runtime = NAME or /PATH`", "", "");
		return 0;
	}
	if (given) {
		if (find(given, env))
			return 1;
		complain(CONFIGURATION " names no runtime other than Stasis itself: ", given, "");
		return 0;
	}
	if (find("runc", env) || find("crun", env) || find("youki", env))
		return 1;
	complain("no OCI runtime found: install runc or crun, or name one in " CONFIGURATION
		 " (runtime = /PATH)", "", "");
	return 0;
}

struct line {
	const char *command;	/* null when there is none, or help or the version is asked for */
	const char *log;
	const char *log_format;
};

/* Skips the global options as Go's flag package does. One that is not known is taken for a switch. */
static struct line read_line(int count, char **arguments)
{
	static const char *const with_value[] = { "log", "log-format", "log-level", "root", "criu", "cgroup-manager",
						  "rootless", 0 };
	static const char *const ends[] = { "help", "h", "version", "v", "V", "?", "usage", 0 };
	struct line line = { 0, 0, 0 };

	for (int i = 1; i < count; i++) {
		char *word = arguments[i], *name = word + 1;
		const char *value = 0;

		if (word[0] != '-' || !word[1]) {
			line.command = word;
			break;
		}
		if (*name == '-')
			name++;
		if (!*name) {
			line.command = arguments[i + 1];
			break;
		}
		if (is_one_of(name, ends))
			break;
		if (is_one_of(name, with_value))
			value = arguments[++i];
		if (i == count)
			break;
		if (equal(name, "log") || starts_with(name, "log="))
			line.log = value ? value : name + 4;
		if (equal(name, "log-format") || starts_with(name, "log-format="))
			line.log_format = value ? value : name + 11;
	}
	return line;
}

/* Where a runtime's callers look. */
static void __attribute__((noreturn)) refuse(const struct line *line)
{
	say(complaint);
	say("\n");
	if (line->log && *line->log) {
		int json = line->log_format && equal(line->log_format, "json");
		long log = open_file(line->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
		static char text[2 * COMPLAINT_LIMIT];
		const char *before = json ? "{\"level\":\"error\",\"msg\":\"" : "level=error msg=\"";
		const char *after = json ? "\"}\n" : "\"\n";
		uint64_t length = length_of(before);

		copy(text, before, length);
		for (const char *c = complaint; *c; c++) {
			if (*c == '"' || *c == '\\')
				text[length++] = '\\';
			text[length++] = (unsigned char)*c < ' ' ? ' ' : *c;
		}
		copy(text + length, after, length_of(after));
		raw3(NR_WRITE, log, (uint64_t)text, length + length_of(after)); /* it was said already */
	}
	leave(1);
}

static void __attribute__((noreturn)) become_runtime(const struct line *line, int count, char **arguments, char **env)
{
	static char mark[] = DEPTH "1";
	int variables = 0, kept = 0;

	while (env[variables])
		variables++;
	{
		char *words[count + 1], *surroundings[variables + 2];

		for (int i = 0; i < variables; i++)
			if (!starts_with(env[i], DEPTH))
				surroundings[kept++] = env[i];
			else if (env[i][sizeof(DEPTH) - 1] >= '1' && env[i][sizeof(DEPTH) - 1] < DEEPEST)
				mark[sizeof(DEPTH) - 1] = env[i][sizeof(DEPTH) - 1] + 1;
			else
				mark[0] = 0;
		if (!mark[0]) {
			complain("the runtime ", found, " leads back to Stasis: name the real one in "
							CONFIGURATION " (runtime = /PATH)");
			refuse(line);
		}
		surroundings[kept++] = mark;
		surroundings[kept] = 0;
		for (int i = 0; i <= count; i++)
			words[i] = arguments[i];
		words[0] = found;
		raw3(NR_EXECVE, (uint64_t)found, (uint64_t)words, (uint64_t)surroundings);
	}
	complain("cannot execute the runtime ", found, "");
	refuse(line);
}

void leave_to_runtime(int count, char **arguments, char **env)
{
	static const char *const names[] = { "runc", "crun", "youki", 0 };
	static const char prefix[] = "stasis-";
	const char *program = count ? last_part(arguments[0]) : "";
	struct line line;

	if (starts_with(program, prefix) && program[sizeof(prefix) - 1])
		own_name = program + sizeof(prefix) - 1;
	else if (is_one_of(program, names))
		own_name = program;
	else
		return;
	line = read_line(count, arguments);
	if (line.command && (equal(line.command, "checkpoint") || equal(line.command, "restore")))
		return;
	if (!find_runtime(env))
		refuse(&line);
	/* That checkpoints can be made is true whatever the runtime says; runc itself always says so. */
	if (line.command && equal(line.command, "features") && !starts_with(last_part(found), "runc"))
		return;
	become_runtime(&line, count, arguments, env);
}

int64_t tell_runtime(long descriptor, char **env)
{
	int is_found = find_runtime(env);
	const char *text = is_found ? found : complaint;
	long written = raw3(NR_WRITE, descriptor, (uint64_t)text, length_of(text));

	return is_found ? written : -ENOENT;
}
