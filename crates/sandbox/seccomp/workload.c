#include <stdio.h>
#include <pthread.h>
#include <stdlib.h>
void*f(void*x){return malloc(10000000);} int main(){pthread_t t;pthread_create(&t,0,f,0);pthread_join(t,0);printf("hi\n");return 0;}
