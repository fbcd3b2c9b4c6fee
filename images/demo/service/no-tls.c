/*
 * Debian's static libmicrohttpd wants GnuTLS, of which no static library exists. This service never asks for TLS: the
 * recipe points all of GnuTLS's functions here, where the initialisation of libmicrohttpd succeeds.
 */
int without_tls(void);

int without_tls(void)
{
    return 0;
}
