/* A plan of two arms, a page and two loads, for tests that need one. */
#ifndef DUET_TESTS_TINY_PLAN_H
#define DUET_TESTS_TINY_PLAN_H

static const char tiny_plan[] =
	"{\"id\":\"tiny\",\"seed\":7,\"products\":80,\"data_seed\":42,\"blocks\":1,"
	"\"pages\":[\"pdp\"],\"arms\":[{\"id\":\"u\",\"architecture\":\"unified\",\"store\":"
	"\"sqlite\"},{\"id\":\"m\",\"architecture\":\"microservices\",\"store\":\"mongodb\"}],"
	"\"capacity\":{\"vus\":9,\"warmup\":\"0s\",\"duration\":\"1s\"},\"levels\":[{\"vus\":20,"
	"\"warmup\":\"0s\",\"duration\":\"1s\"}],\"think\":\"500ms\",\"open\":{\"vus\":9,"
	"\"warmup\":\"0s\",\"duration\":\"1s\",\"of_slowest_capacity\":0.5}}";

#endif
