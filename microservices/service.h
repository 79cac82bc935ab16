/* service: the start-up that the four services share: options, server, requests, stop. */
#ifndef DUET_MICROSERVICES_SERVICE_H
#define DUET_MICROSERVICES_SERVICE_H

#include "microservices/part_handler.h"

/* Runs a service; returns its exit code: 0 after SIGTERM or SIGINT, 1 error, 2 usage. */
int service_main(const struct service_definition *definition, int argc, char **argv);

#endif
