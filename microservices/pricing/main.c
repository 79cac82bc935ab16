#include "microservices/service.h"

int main(int argc, char **argv)
{
	return service_main(&pricing_service, argc, argv);
}
