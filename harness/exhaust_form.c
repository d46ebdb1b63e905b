/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exhaust_form.h"

#include "seen_words.h"

/* Areas of all spaces of a layout. */
#define AREAS_MAX (EXHAUST_PAGES_MAX * PROGRAM_SPACES)

/* Each lane is a permutation of 64 bits for every word; the two have nothing in common. */
static uint64_t stir(uint64_t x, uint64_t a, uint64_t b)
{
	x = (x ^ x >> 32) * a;
	x = (x ^ x >> 29) * b;
	return x ^ x >> 32;
}

static void add(struct exhaust_key *key, uint64_t word)
{
	key->word[0] = stir(key->word[0] ^ word, UINT64_C(0x9fb21c651e98df25),
			    UINT64_C(0xd6e8feb86659fd93));
	key->word[1] = stir(key->word[1] + word * UINT64_C(0x9e3779b97f4a7c15),
			    UINT64_C(0xbf58476d1ce4e5b9), UINT64_C(0x94d049bb133111eb));
}

/* Names that mean nothing but who else has the same, numbered by first appearance. */
struct names {
	uint32_t id[AREAS_MAX];
	uint32_t count;
};

static uint32_t number_of(struct names *names, uint32_t id)
{
	uint32_t i = 0;

	while (i < names->count && names->id[i] != id)
		i++;
	if (i == names->count && i < AREAS_MAX)
		names->id[names->count++] = id;
	return i + 1;
}

struct exhaust_key exhaust_form_of_text(const char *text)
{
	struct exhaust_key key = { { 0, 0 } };

	for (; *text; text++)
		add(&key, (unsigned char)*text);
	return key;
}

struct exhaust_key exhaust_form_of_seen(const struct observation *seen,
					const struct exhaust_spaces *spaces, uint32_t pages)
{
	struct exhaust_key key = { { 1, 1 } };
	struct names anons = { .count = 0 }, objects = { .count = 0 };

	for (unsigned int i = 0; i < spaces->count; i++) {
		const struct seen_space *space = observation_space(seen, spaces->number[i]);

		add(&key, space->vmas);
		for (uint32_t j = 0; j < space->vmas; j++) {
			struct seen_vma vma = space->vma[j];
			struct seen_words words;

			if (vma.anon)
				vma.anon = number_of(&anons, vma.anon);
			if (vma.file >= SEEN_OBJECT)
				vma.file = SEEN_OBJECT + number_of(&objects, vma.file);
			words = seen_words_of(&vma);
			add(&key, words.bounds);
			add(&key, words.flags);
			add(&key, words.pgoff);
			add(&key, words.virt_pgoff);
			add(&key, words.identity);
			add(&key, words.rest);
		}
		for (uint32_t word = 0; word < (pages + 63) / 64; word++)
			add(&key, space->guard[word]);
	}
	return key;
}

/* Policies have numbers by first use, which is history. */
static void add_policy(struct exhaust_key *key, const struct model *model, uint16_t policy)
{
	uint32_t mode = 0;
	uint64_t nodes = 0;
	int home = -1;

	if (policy)
		model_policy(model, policy, &mode, &nodes, &home);
	add(key, mode);
	add(key, nodes);
	add(key, (uint64_t)home);
}

struct exhaust_key exhaust_form_of_model(const struct model *model,
					 const struct exhaust_spaces *spaces)
{
	struct exhaust_key key = { { 2, 2 } };
	struct names owners = { .count = 0 }, objects = { .count = 0 };
	struct model_run run[EXHAUST_PAGES_MAX];
	uint64_t marks[MODEL_PAGES_MAX / 64] = { 0 };

	for (unsigned int i = 0; i < spaces->count; i++) {
		size_t runs = model_runs(model, spaces->number[i], run, EXHAUST_PAGES_MAX);

		for (size_t j = 0; j < runs; j++) {
			add(&key, run[j].start);
			add(&key, run[j].end);
			add(&key, run[j].attributes);
			add(&key, run[j].offset);
			add(&key, run[j].anon_offset);
			add(&key, run[j].owner ? number_of(&owners, run[j].owner) : 0);
			add(&key, run[j].forked);
			add(&key, run[j].file);
			add(&key, run[j].object ? number_of(&objects, run[j].object) : 0);
			add(&key, run[j].name);
			add(&key, run[j].context);
			add_policy(&key, model, run[j].policy);
		}
		model_markers(model, spaces->number[i], marks);
		add(&key, marks[0]);
		add(&key, UINT64_MAX);
	}
	return key;
}
