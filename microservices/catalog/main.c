#include "microservices/service.h"

int main(int argc, char **argv)
{
	return service_main(&catalog_service, argc, argv);
}
