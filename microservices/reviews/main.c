#include "microservices/service.h"

int main(int argc, char **argv)
{
	return service_main(&reviews_service, argc, argv);
}
