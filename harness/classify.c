/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a difference between subject and model means: its class, the rule that decides and a
 * sentence. It runs once per mismatch, so it is written for clear answers, not for speed.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "compare.h"
#include "compare_facts.h"
#include "rules.h"

#define SPECIAL_FLAGS (VM_FLAG(io) | VM_FLAG(de) | VM_FLAG(pf) | VM_FLAG(mm))
#define STICKY_FLAGS (VM_FLAG(sd) | VM_FLAG(gu))
#define UFFD_FLAGS (VM_FLAG(um) | VM_FLAG(uw) | VM_FLAG(ui) | VM_FLAG(ur))

struct rule_text {
	const char *rule, *text;
};

static const struct rule_text rule_texts[] = {
	{ "ERR-1", "a failed operation leaves what stood before and at most extra boundaries" },
	{ "ERR-4", "the errno is that of the first failing check" },
	{ "MRG-3", "boundaries away from the processed range never disappear" },
	{ "MRG-4", "new boundaries stand only at ends of processed pieces" },
	{ "PAG-1", "what a page is changes only by an operation that names it" },
	{ "PAG-3", "the file page of an address is stable across split and merge" },
	{ "ANV-1", "faulted exactly where a write or a merge made it so" },
	{ "ANV-3", "VMAs share one anon_vma exactly where a fault, split, merge or move let them" },
	{ "ANV-5", "a chain is longer than one only after a fork" },
	{ "ANV-7", "unfaulted anonymous memory has the offset of its address" },
	{ "STK-1", "sticky flags never shrink and come only from merged VMAs" },
	{ "STK-2", "guard markers stay where they were installed until removed or unmapped" },
	{ "STR-3", "vma_count equals the number of VMAs" },
	{ "ACC-1", "total_vm is the sum of pages" },
	{ "ACC-2", "exec, stack and data pages follow each VMA's class" },
	{ "ACC-3", "locked_vm is the sum of pages of locked VMAs" },
	{ "ACC-4", "committed is the sum of pages of accounted VMAs" },
	{ "FIL-1", "a VMA holds exactly the file it was mapped from" },
	{ "FLG-2", "lock flags change only with the lock operations" },
	{ "FLG-6", "userfaultfd flags and context come and go together" },
	{ "HOK-1", "open and close calls balance the VMAs with hooks" },
	{ "HOK-2", "no VMA sees close twice" },
	{ "HOK-4", "an operation that only merges calls no hook" },
	{ "HOK-6", "failed operations call open and close in matched pairs" },
	{ "LIM-3", "one trace event for each refusal at T1 to T4 and none otherwise" },
	{ "FRK-1", "a child has what its parent had" },
	{ "EXT-1", "an address space that exits leaves nothing" },
	{ "EXPECT", "what the program states must hold" },
	{ "1.11", "hooks are called as the table of driver hooks says" },
	{ "2.2", "special areas never merge" },
	{ "2.3",
	  "areas that differ in policy, flags, file, userfaultfd context or name stay apart" },
	{ "2.4", "areas with incompatible anon_vma stay apart" },
	{ "2.6", "areas whose offsets do not continue stay apart" },
	{ "2.7", "an area with a close hook is never removed by a merge" },
};

static const char *text_of(const char *rule)
{
	for (size_t i = 0; i < sizeof(rule_texts) / sizeof(rule_texts[0]); i++)
		if (!strcmp(rule_texts[i].rule, rule))
			return rule_texts[i].text;
	return rule_text(rule);
}

static const char *op_word(const struct comparison *c)
{
	if (c->index == VERDICT_AT_BEGIN)
		return "begin";
	if (c->index == VERDICT_AT_END)
		return "exit";
	return op_kind_name((enum op_kind)c->program->ops[c->index].kind);
}

void verdict_set(struct verdict *verdict, const struct comparison *comparison,
		 enum verdict_class class, const char *rule, const char *message)
{
	const char *text = text_of(rule);

	*verdict = (struct verdict){
		.class = class,
		.op = comparison->index,
		.space = VERDICT_NO_SPACE,
		.page = VERDICT_NO_PAGE,
	};
	/* The first word: the model's rules may go on after a blank ("4.2 both"). */
	snprintf(verdict->rule, sizeof(verdict->rule), "%.*s", (int)strcspn(rule, " "), rule);
	if (text)
		snprintf(verdict->rules, sizeof(verdict->rules), "%s (%s)", rule, text);
	else
		snprintf(verdict->rules, sizeof(verdict->rules), "%s", rule);
	snprintf(verdict->message, sizeof(verdict->message), "%s", message);
	snprintf(verdict->signature, sizeof(verdict->signature), "%s/%s/%s",
		 verdict_class_word(class), op_word(comparison), verdict->rule);
}

/* A difference at a place. */
struct place_of {
	uint32_t space, page;
};

static void report(struct verdict *verdict, const struct comparison *c, struct place_of place,
		   enum verdict_class class, const char *rule, const char *format, ...)
{
	char message[sizeof(verdict->message)];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(message, sizeof(message), format, arguments);
	va_end(arguments);
	verdict_set(verdict, c, class, rule, message);
	verdict->space = place.space;
	verdict->page = place.page;
}

static bool is_new_range(const struct comparison *c)
{
	if (c->index >= VERDICT_AT_END)
		return false;
	switch (c->program->ops[c->index].kind) {
	case OP_MMAP:
	case OP_MREMAP:
	case OP_BRK:
	case OP_REMAP_FILE_PAGES:
	case OP_SPECIAL:
	case OP_EXEC_STACK:
	case OP_VM_BRK:
		return true;
	default:
		return false;
	}
}

static bool is_modify(const struct comparison *c)
{
	return c->index < VERDICT_AT_END && op_modifies(&c->program->ops[c->index]);
}

/* Whether a page edge lies outside the range a modifying operation names. */
static bool is_away(const struct comparison *c, uint32_t page)
{
	const struct settings *settings = &c->program->settings;
	uint64_t start, end, edge = PROGRAM_BASE + page * PAGE_BYTES;
	const struct op *op;

	if (!is_modify(c))
		return false;
	op = &c->program->ops[c->index];
	if (op->kind == OP_MLOCKALL || op->kind == OP_MUNLOCKALL || op->kind == OP_UFFD_CLOSE)
		return false;
	start = place_address(settings, op->addr);
	end = start + place_length(op->len);
	if (end < start || op->prot >= 0x01000000)
		return false; /* wraps, or grows to an end of its own */
	start -= start % PAGE_BYTES;
	end += PAGE_BYTES - 1;
	return edge < start || edge > end;
}

/* Whether a VMA began or ended there before the operation. */
static bool was_boundary(const struct comparison *c, uint32_t number, uint32_t page)
{
	const struct seen_space *space;

	space = c->before ? observation_space(c->before, number) : NULL;
	for (uint32_t i = 0; space && i < space->vmas; i++)
		if (space->vma[i].start == page || space->vma[i].end == page)
			return true;
	return false;
}

/* Whether one VMA reached over it before the operation. */
static bool was_inside(const struct comparison *c, uint32_t number, uint32_t page)
{
	const struct seen_space *space;

	space = c->before ? observation_space(c->before, number) : NULL;
	for (uint32_t i = 0; space && i < space->vmas; i++)
		if (space->vma[i].start < page && page < space->vma[i].end)
			return true;
	return false;
}

const char *compare_refusal(const struct seen_vma *left, const struct seen_vma *right,
			    enum profile profile)
{
	uint64_t pages = left->end - left->start;
	bool copies_on_write = (left->flags & VM_FLAG(mw)) && !(left->flags & VM_FLAG(sh));

	if ((left->flags | right->flags) & SPECIAL_FLAGS)
		return "2.2";
	if ((left->flags ^ right->flags) & ~flags_ignored(profile))
		return "2.3";
	if (left->policy != right->policy || left->file != right->file ||
	    left->uffd != right->uffd || left->name != right->name)
		return "2.3";
	if (left->pgoff + pages != right->pgoff)
		return "2.6";
	if (profile == PROFILE_7_3 && left->file && copies_on_write &&
	    left->virt_pgoff + pages != right->virt_pgoff)
		return "2.6";
	if (left->anon && right->anon && left->anon != right->anon)
		return "2.4";
	if (!left->anon != !right->anon && (left->chain == 2 || right->chain == 2))
		return "2.4";
	return NULL;
}

static bool has_close_hook(uint32_t file)
{
	return file == SEEN_OBJECT || (file < WORLD_FILES && world_drivers[file].closes);
}

static bool differ_in_flags(struct verdict *verdict, const struct comparison *c,
			    struct place_of place, const struct seen_vma *e,
			    const struct seen_vma *s)
{
	uint64_t differ = (e->flags ^ s->flags) & flags_shown(c->facts);
	const char *rule = "PAG-1";
	char has[3 * VM_FLAG_COUNT + 1], wants[3 * VM_FLAG_COUNT + 1];

	if (!differ)
		return false;
	if (!(differ & ~STICKY_FLAGS))
		rule = "STK-1";
	else if (differ == VM_FLAG(ac))
		rule = "ACC-4";
	else if (!(differ & ~(VM_FLAG(lo) | VM_FLAG(lf))))
		rule = "FLG-2";
	else if (!(differ & ~UFFD_FLAGS))
		rule = "FLG-6";
	flags_print(differ & s->flags, has, sizeof(has));
	flags_print(differ & e->flags, wants, sizeof(wants));
	if (!wants[0])
		report(verdict, c, place, VERDICT_WRONG_FLAGS, rule,
		       "page %" PRIu32 ": the subject has %s, the model has not", place.page, has);
	else if (!has[0])
		report(verdict, c, place, VERDICT_WRONG_FLAGS, rule,
		       "page %" PRIu32 ": the model has %s, the subject has not", place.page,
		       wants);
	else
		report(verdict, c, place, VERDICT_WRONG_FLAGS, rule,
		       "page %" PRIu32 ": only the subject has %s, only the model %s", place.page,
		       has, wants);
	flags_print(differ, has, sizeof(has));
	snprintf(verdict->detail, sizeof(verdict->detail), "%.*s", (int)sizeof(verdict->detail) - 1,
		 has);
	return true;
}

/* What a page is, but for its anon_vma; bounds may differ, so offsets are those of the page. */
static bool differ_in_page(struct verdict *verdict, const struct comparison *c,
			   struct place_of place, const struct seen_vma *e,
			   const struct seen_vma *s)
{
	uint32_t page = place.page;
	uint32_t fact = e->file ? FACT_FILE_PGOFF : FACT_ANON_PGOFF;
	uint64_t want = e->pgoff + page - e->start, have = s->pgoff + page - s->start;
	uint64_t want_virtual = e->virt_pgoff + page - e->start;
	uint64_t have_virtual = s->virt_pgoff + page - s->start;
	bool has_virtual =
		(c->facts & FACT_VIRT_PGOFF) && c->program->settings.profile == PROFILE_7_3;

	if (differ_in_flags(verdict, c, place, e, s))
		return true;
	if (!files_equal(e, s, c->facts)) {
		report(verdict, c, place, VERDICT_WRONG_FILE, "FIL-1",
		       "page %" PRIu32 ": the subject maps file %" PRIu32 ", the model %" PRIu32,
		       page, s->file, e->file);
	} else if ((c->facts & fact) && want != have) {
		report(verdict, c, place, VERDICT_WRONG_OFFSET,
		       e->file || e->anon ? "PAG-3" : "ANV-7",
		       "page %" PRIu32 ": the subject's vm_pgoff is %" PRIu64
		       ", the model's %" PRIu64,
		       page, have, want);
	} else if (has_virtual && want_virtual != have_virtual) {
		report(verdict, c, place, VERDICT_WRONG_OFFSET, "PAG-3",
		       "page %" PRIu32 ": the subject's virtual offset is %" PRIu64
		       ", the model's %" PRIu64,
		       page, have_virtual, want_virtual);
	} else if ((c->facts & FACT_POLICY) && e->policy != s->policy) {
		report(verdict, c, place, VERDICT_WRONG_ATTRIBUTE, "PAG-1",
		       "page %" PRIu32 ": the subject has policy %u, the model %u", page,
		       (unsigned int)s->policy, (unsigned int)e->policy);
	} else if ((c->facts & FACT_NAME) && e->name != s->name) {
		report(verdict, c, place, VERDICT_WRONG_ATTRIBUTE, "PAG-1",
		       "page %" PRIu32 ": the subject has name %u, the model %u", page,
		       (unsigned int)s->name, (unsigned int)e->name);
	} else if ((c->facts & FACT_UFFD) && e->uffd != s->uffd) {
		report(verdict, c, place, VERDICT_WRONG_ATTRIBUTE, "FLG-6",
		       "page %" PRIu32 ": the subject's userfaultfd context is %d, the model's %d",
		       page, s->uffd - 1, e->uffd - 1);
	} else {
		return false;
	}
	return true;
}

static bool differ_in_anon(struct verdict *verdict, const struct comparison *c,
			   struct place_of place, const struct seen_vma *e,
			   const struct seen_vma *s)
{
	if (!(c->facts & FACT_ANON))
		return false;
	if (!e->anon != !s->anon)
		report(verdict, c, place, VERDICT_WRONG_ANON, "ANV-1",
		       "page %" PRIu32 ": %s is faulted, %s is not", place.page,
		       s->anon ? "the subject's VMA" : "the model's",
		       s->anon ? "the model's" : "the subject's VMA");
	else if (e->chain != s->chain)
		report(verdict, c, place, VERDICT_WRONG_ANON, "ANV-5",
		       "page %" PRIu32 ": the subject's anon_vma chain is %s, the model's %s",
		       place.page, s->chain == 2 ? "forked" : "single",
		       e->chain == 2 ? "forked" : "single");
	else if (e->anon != s->anon)
		report(verdict, c, place, VERDICT_WRONG_ANON, "ANV-3",
		       "page %" PRIu32 ": the subject's VMA has anon_vma #%" PRIu32
		       ", the model's #%" PRIu32,
		       place.page, s->anon, e->anon);
	else
		return false;
	return true;
}

/* Results that succeed are all alike. */
static const char *outcome_word(const struct seen_result *result)
{
	if (result->form != RESULT_ERRNO)
		return result->form == RESULT_NOOP ? "none" : "ok";
	return errno_name(result->error) ? errno_name(result->error) : "errno";
}

static bool classify_result(struct verdict *verdict, const struct comparison *c)
{
	const struct seen_result *e = &c->expect->result, *s = &c->seen->result;
	char wants[48], has[48], rule[48];
	struct place_of place = { VERDICT_NO_SPACE, VERDICT_NO_PAGE };
	bool named = e->form == RESULT_ERRNO && c->rule && c->rule[0];

	if (e->form == s->form && (e->form != RESULT_ERRNO || e->error == s->error) &&
	    (e->form != RESULT_VALUE || e->value == s->value))
		return false;
	if (c->index < VERDICT_AT_END)
		place.space = c->program->ops[c->index].space;
	result_print(e, wants, sizeof(wants));
	result_print(s, has, sizeof(has));
	snprintf(rule, sizeof(rule), "%s", named ? c->rule : "ERR-4");
	report(verdict, c, place, VERDICT_WRONG_RESULT, rule,
	       "the subject answers %s, the model %s", has, wants);
	if (s->form == RESULT_ERRNO)
		snprintf(verdict->detail, sizeof(verdict->detail), "%s", outcome_word(s));
	else
		snprintf(verdict->detail, sizeof(verdict->detail), "%s-for-%s", outcome_word(s),
			 outcome_word(e));
	if (named)
		snprintf(verdict->rules, sizeof(verdict->rules), "ERR-4 / %s (%s)", c->rule,
			 text_of("ERR-4"));
	return true;
}

/* The subject keeps apart at `page` what is one area (e) in the model: left and right of it. */
static void extra_boundary(struct verdict *verdict, const struct comparison *c,
			   struct place_of place, const struct seen_vma *e,
			   const struct seen_vma *left, const struct seen_vma *right)
{
	struct place_of before = { place.space, place.page - 1 };
	bool failed = c->expect->result.form == RESULT_ERRNO;
	bool is_new = is_new_range(c);
	const char *chapter = is_new ? "3" : "4.2";
	struct seen_vma apart[2] = { *left, *right };

	/* Joined, each would have taken the sticky flags of the other: no fault of its own. */
	if ((e->flags & STICKY_FLAGS) == ((left->flags | right->flags) & STICKY_FLAGS)) {
		apart[0].flags |= e->flags & STICKY_FLAGS;
		apart[1].flags |= e->flags & STICKY_FLAGS;
	}
	if (differ_in_page(verdict, c, before, e, &apart[0]) ||
	    differ_in_page(verdict, c, place, e, &apart[1]))
		return;
	if (was_inside(c, place.space, place.page) && (!is_new || failed)) {
		report(verdict, c, place, VERDICT_WRONG_LAYOUT, failed ? "ERR-1" : "MRG-4",
		       "the subject has a boundary at page %" PRIu32 " inside the model's %" PRIu32
		       "..%" PRIu32,
		       place.page, e->start, e->end);
		return;
	}
	if (!is_new && !is_modify(c)) {
		report(verdict, c, place, VERDICT_WRONG_LAYOUT, "MRG-4",
		       "the subject has a boundary at page %" PRIu32 " inside the model's %" PRIu32
		       "..%" PRIu32,
		       place.page, e->start, e->end);
		return;
	}
	report(verdict, c, place, VERDICT_MISSED_MERGE, chapter,
	       "%" PRIu32 "..%" PRIu32 " and %" PRIu32 "..%" PRIu32
	       " stay apart, the model joins %" PRIu32 "..%" PRIu32,
	       left->start, left->end, right->start, right->end, e->start, e->end);
	snprintf(verdict->rules, sizeof(verdict->rules),
		 "MRG-1 / %s (equal attributes, contiguous offset, compatible anon_vma must merge)",
		 chapter);
}

/* The subject holds as one area (s) what the model keeps apart at `page`. */
static void missing_boundary(struct verdict *verdict, const struct comparison *c,
			     struct place_of place, const struct seen_vma *s,
			     const struct seen_vma *left, const struct seen_vma *right)
{
	const struct place_of before = { place.space, place.page - 1 };
	const char *rule;

	if (!was_boundary(c, place.space, place.page) && !is_new_range(c)) {
		/* A cut that was not made: rather what the cut was for than the cut itself. */
		if (differ_in_page(verdict, c, before, left, s) ||
		    differ_in_page(verdict, c, place, right, s))
			return;
		report(verdict, c, place, VERDICT_WRONG_LAYOUT,
		       c->expect->result.form == RESULT_ERRNO ? "ERR-1" : "MRG-4",
		       "the model has a boundary at page %" PRIu32 " inside the subject's %" PRIu32
		       "..%" PRIu32,
		       place.page, s->start, s->end);
		return;
	}
	rule = compare_refusal(left, right, (enum profile)c->program->settings.profile);
	if (!rule)
		rule = has_close_hook(left->file) ? "2.7" : "MRG-3";
	if (is_away(c, place.page))
		rule = "MRG-3";
	report(verdict, c, place, VERDICT_WRONG_MERGE, rule,
	       "the subject joins %" PRIu32 "..%" PRIu32 ", the model keeps %" PRIu32 "..%" PRIu32
	       " and %" PRIu32 "..%" PRIu32 " apart",
	       s->start, s->end, left->start, left->end, right->start, right->end);
}

static void wrong_mapping(struct verdict *verdict, const struct comparison *c,
			  struct place_of place, bool extra)
{
	bool failed = c->expect->result.form == RESULT_ERRNO;

	report(verdict, c, place, VERDICT_WRONG_LAYOUT, failed ? "ERR-1" : "PAG-1",
	       "page %" PRIu32 " is mapped in the %s and not in the %s", place.page,
	       extra ? "subject" : "model", extra ? "model" : "subject");
}

/* The first place where bounds differ; all VMAs before number i have equal bounds. */
static void classify_bound(struct verdict *verdict, const struct comparison *c,
			   const struct seen_space *x, const struct seen_space *y, uint32_t i)
{
	const struct seen_vma *e = i < x->vmas ? &x->vma[i] : NULL;
	const struct seen_vma *s = i < y->vmas ? &y->vma[i] : NULL;
	const struct seen_vma *e_next = e && i + 1 < x->vmas ? e + 1 : NULL;
	const struct seen_vma *s_next = s && i + 1 < y->vmas ? s + 1 : NULL;
	struct place_of place = { x->number, 0 };

	if (!e || (s && s->start < e->start)) {
		place.page = s->start;
		wrong_mapping(verdict, c, place, true);
	} else if (!s || e->start < s->start) {
		place.page = e->start;
		wrong_mapping(verdict, c, place, false);
	} else if (s->end < e->end) {
		place.page = s->end;
		if (s_next && s_next->start == s->end)
			extra_boundary(verdict, c, place, e, s, s_next);
		else
			wrong_mapping(verdict, c, place, false);
	} else {
		place.page = e->end;
		if (e_next && e_next->start == e->end)
			missing_boundary(verdict, c, place, s, e, e_next);
		else
			wrong_mapping(verdict, c, place, true);
	}
}

static bool classify_layout(struct verdict *verdict, const struct comparison *c,
			    const struct seen_space *x, const struct seen_space *y)
{
	for (uint32_t i = 0; i < x->vmas || i < y->vmas; i++) {
		if (i < x->vmas && i < y->vmas && x->vma[i].start == y->vma[i].start &&
		    x->vma[i].end == y->vma[i].end)
			continue;
		classify_bound(verdict, c, x, y, i);
		return true;
	}
	return false;
}

static bool classify_attributes(struct verdict *verdict, const struct comparison *c,
				const struct seen_space *x, const struct seen_space *y)
{
	for (uint32_t i = 0; i < x->vmas; i++) {
		const struct place_of place = { x->number, x->vma[i].start };

		if (differ_in_page(verdict, c, place, &x->vma[i], &y->vma[i]) ||
		    differ_in_anon(verdict, c, place, &x->vma[i], &y->vma[i]))
			return true;
	}
	return false;
}

static bool classify_guards(struct verdict *verdict, const struct comparison *c,
			    const struct seen_space *x, const struct seen_space *y)
{
	uint32_t pages = c->program->settings.pages;

	if (!(c->facts & FACT_GUARDS))
		return false;
	for (uint32_t page = 0; page < pages; page++) {
		const struct place_of place = { x->number, page };
		uint64_t bit = UINT64_C(1) << page % 64;

		if (!((x->guard[page / 64] ^ y->guard[page / 64]) & bit))
			continue;
		report(verdict, c, place, VERDICT_WRONG_GUARD, "STK-2",
		       "page %" PRIu32 " carries a guard marker in the %s and not in the %s", page,
		       y->guard[page / 64] & bit ? "subject" : "model",
		       y->guard[page / 64] & bit ? "model" : "subject");
		return true;
	}
	return false;
}

static bool classify_counters(struct verdict *verdict, const struct comparison *c,
			      const struct seen_space *x, const struct seen_space *y)
{
	const struct {
		const char *name, *rule;
		enum verdict_class class;
		int64_t want, have;
	} row[] = {
		{ "vma_count", "STR-3", VERDICT_WRONG_COUNT, x->vma_count, y->vma_count },
		{ "total_vm", "ACC-1", VERDICT_WRONG_ACCOUNTING, x->total_vm, y->total_vm },
		{ "data_vm", "ACC-2", VERDICT_WRONG_ACCOUNTING, x->data_vm, y->data_vm },
		{ "exec_vm", "ACC-2", VERDICT_WRONG_ACCOUNTING, x->exec_vm, y->exec_vm },
		{ "stack_vm", "ACC-2", VERDICT_WRONG_ACCOUNTING, x->stack_vm, y->stack_vm },
		{ "locked_vm", "ACC-3", VERDICT_WRONG_ACCOUNTING, x->locked_vm, y->locked_vm },
		{ "committed", "ACC-4", VERDICT_WRONG_ACCOUNTING, x->committed, y->committed },
	};
	const struct place_of place = { x->number, VERDICT_NO_PAGE };

	if (!(c->facts & FACT_COUNTERS))
		return false;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		if (row[i].want == row[i].have)
			continue;
		report(verdict, c, place, row[i].class, row[i].rule,
		       "%s is %" PRId64 " in the subject, %" PRId64 " in the model", row[i].name,
		       row[i].have, row[i].want);
		return true;
	}
	return false;
}

static bool classify_spaces(struct verdict *verdict, const struct comparison *c)
{
	uint8_t a[PROGRAM_SPACES], b[PROGRAM_SPACES];
	unsigned int x = observation_order(c->expect, a), y = observation_order(c->seen, b);
	struct place_of place = { VERDICT_NO_SPACE, VERDICT_NO_PAGE };
	bool (*const steps[])(struct verdict *, const struct comparison *,
			      const struct seen_space *, const struct seen_space *) = {
		classify_layout,
		classify_attributes,
		classify_guards,
		classify_counters,
	};

	for (unsigned int i = 0; i < x || i < y; i++) {
		bool extra = i >= x ||
			     (i < y && c->seen->space[b[i]].number < c->expect->space[a[i]].number);

		if (i < x && i < y && c->expect->space[a[i]].number == c->seen->space[b[i]].number)
			continue;
		place.space = extra ? c->seen->space[b[i]].number : c->expect->space[a[i]].number;
		report(verdict, c, place, VERDICT_WRONG_LAYOUT, extra ? "EXT-1" : "FRK-1",
		       "address space @%" PRIu32 " is alive in the %s and not in the %s",
		       place.space, extra ? "subject" : "model", extra ? "model" : "subject");
		return true;
	}
	for (size_t step = 0; step < sizeof(steps) / sizeof(steps[0]); step++)
		for (unsigned int i = 0; i < x; i++)
			if (steps[step](verdict, c, &c->expect->space[a[i]], &c->seen->space[b[i]]))
				return true;
	return false;
}

static void event_print(const struct seen_event *event, char *buffer, size_t size)
{
	const char *name = event ? event_name(event->kind) : "";

	if (!event)
		snprintf(buffer, size, "nothing");
	else if (event->kind == EVENT_INSUFFICIENT_SLOTS)
		snprintf(buffer, size, "@%u %s(%" PRIu32 ")", (unsigned int)event->space, name,
			 event->at);
	else if (event->kind == EVENT_MAY_SPLIT)
		snprintf(buffer, size, "@%u %s(%s %" PRIu32 "..%" PRIu32 " at %" PRIu32 ")",
			 (unsigned int)event->space, name,
			 world_file_name((enum world_file)event->file), event->start, event->end,
			 event->at);
	else
		snprintf(buffer, size, "@%u %s(%s %" PRIu32 "..%" PRIu32 ")",
			 (unsigned int)event->space, name,
			 world_file_name((enum world_file)event->file), event->start, event->end);
}

static const char *event_rule(const struct comparison *c, const struct seen_event *e,
			      const struct seen_event *s)
{
	bool opens = (e && e->kind == EVENT_OPEN) || (s && s->kind == EVENT_OPEN);
	bool closes = (e && e->kind == EVENT_CLOSE) || (s && s->kind == EVENT_CLOSE);

	if (!c->expect->events)
		return "HOK-4";
	if (c->expect->result.form == RESULT_ERRNO && (opens || closes))
		return "HOK-6";
	if (s && s->kind == EVENT_CLOSE && (!e || e->kind != EVENT_CLOSE))
		return "HOK-2";
	return opens || closes ? "HOK-1" : "1.11";
}

static bool classify_events(struct verdict *verdict, const struct comparison *c)
{
	uint32_t x = c->expect->events, y = c->seen->events;
	struct place_of place = { VERDICT_NO_SPACE, VERDICT_NO_PAGE };
	char wants[96], has[96];

	if (!(c->facts & FACT_EVENTS))
		return false;
	for (uint32_t i = 0; i < x || i < y; i++) {
		const struct seen_event *e = i < x ? &c->expect->event[i] : NULL;
		const struct seen_event *s = i < y ? &c->seen->event[i] : NULL;
		bool slots = (e && e->kind == EVENT_INSUFFICIENT_SLOTS) ||
			     (s && s->kind == EVENT_INSUFFICIENT_SLOTS);

		if (e && s && e->kind == s->kind && e->space == s->space && e->file == s->file &&
		    e->start == s->start && e->end == s->end && e->at == s->at)
			continue;
		place.space = e ? e->space : s->space;
		event_print(e, wants, sizeof(wants));
		event_print(s, has, sizeof(has));
		report(verdict, c, place, slots ? VERDICT_WRONG_TRACEPOINT : VERDICT_WRONG_HOOKS,
		       slots ? "LIM-3" : event_rule(c, e, s),
		       "event %" PRIu32 " of the subject is %s, of the model %s", i + 1, has,
		       wants);
		return true;
	}
	return false;
}

void compare_classify(const struct comparison *comparison, struct verdict *verdict)
{
	verdict->class = VERDICT_AGREE;
	if (classify_result(verdict, comparison))
		return;
	if ((comparison->facts & FACT_LAYOUT) && comparison->index != VERDICT_AT_END &&
	    classify_spaces(verdict, comparison))
		return;
	classify_events(verdict, comparison);
}
