#include "microservices/service.h"

int main(int argc, char **argv)
{
	return service_main(&inventory_service, argc, argv);
}
