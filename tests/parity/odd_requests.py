"""Requests that nobody should send, each with the status that the contract gives it (docs/openapi.yaml).

(target, status) pairs; targets go to the server byte for byte. What libevent itself rejects before routing is in
EARLY and is compared by status only.
"""

PRODUCT = "/api/products/"
CATEGORY = "/api/categories/"


def table(category):
    """The odd GET targets; `category` is an existing category id."""
    c = CATEGORY + category
    pages = [
        ("page=0", 400), ("page=-1", 400), ("page=+1", 400), ("page=1.0", 400), ("page=1e0", 400), ("page=", 400),
        ("page", 400), ("page=a", 400), ("page=01", 400), ("page=1%20", 400), ("page=%31", 400), ("page=1a", 400),
        ("page=0x1", 400), ("page=99999999999999999999", 400), ("page=4294967296", 400), ("page=4294967295", 404),
        ("page=5", 404), ("page=999999", 404), ("page=1&page=2", 400), ("page=1&page=1", 400), ("page=1;page=2", 400),
        ("page=1,2", 400), ("page[]=1", 200), ("Page=2", 200), ("PAGE=x", 200), ("x=1", 200), ("page=1&x=y", 200),
        ("x=y&page=2", 200), ("&page=1", 200), ("page=1&", 200), ("&&&", 200), ("=", 200), ("=1", 200),
        ("page=NaN", 400), ("page=null", 400), ("page=true", 400), ("page=1/", 400), ("page=1?", 400),
        ("page=1'", 400), ("page=1--", 400), ("page=%00", 400), ("page=1%00", 400), ("page=\xb2", 400),
    ]
    rows = [(f"{c}?{q}", status) for q, status in pages]
    ids = [
        "p000000", "p001201", "p999999", "p0000001", "p00001", "p", "P000001", "x000001", "000001", "1", "p1",
        "p000001,p000002", "p000001 ".strip() + "%20", "p000001%00", "%70000001", "p00000%31", "p-00001", "p+00001",
        "p00000a", "p0000O1", "p000001.json", "p000001;v=1", "p000001'", "p000001%27%20OR%201=1", "{id}", "*", "..%2fhome",
        "p000001%2f", "%2fp000001", "null", "undefined", "p000001p000002", "p\xb2\xb2\xb2\xb2\xb2\xb2", "p000001~", "\xe2\x80\xae",
        "p000001/", "p000001/reviews", "p000001//", "p" + "0" * 300, "p000001!", "p000001@", "p000001|", "p000001$",
    ]
    rows += [(PRODUCT + i, 404) for i in ids]
    categories = [
        "", "/", "nope", category.upper(), category.capitalize(), category + "/", category + "%20", category + ",x",
        "%20" + category, "../home", "a" * 33, "a" * 400, category + "%00", "\xc3\xa9", "_", category + ".", "%2e%2e", "0",
        category + "/products", "*", "-", category + "'", "$ne", "{\"$gt\":\"\"}",
    ]
    rows += [(CATEGORY + i, 404) for i in categories]
    rows += [
        ("/api", 404), ("/api/", 404), ("/api/homes", 404), ("/api/home/", 404), ("/api//home", 404), ("//api/home", 404),
        ("/API/home", 404), ("/api/Home", 404), ("/api/HOME", 404), ("/api/%68ome", 404), ("/api/home%00", 404),
        ("/api/../api/home", 404), ("/api/./home", 404), ("/./api/home", 404), ("/api/home;x", 404), ("/api%2fhome", 404),
        ("/api\\home", 404), ("/api/products", 404), ("/api/categories", 404), ("/api/product/p000001", 404),
        ("/api/home?", 200), ("/api/home?x", 200), ("/api/home?page=0", 200), ("/api/home?page=x&page=y", 200),
        (PRODUCT + "p000001?", 200), (PRODUCT + "p000001?page=0", 200), (PRODUCT + "p000001?x=%00", 200),
        (c + "?", 200), (c + "?page=1#x", 400), ("/stock?ids=p000001", 404), ("/prices?ids=p000001", 404),
        ("/products/p000001", 404), ("/ratings?ids=p000001", 404), ("/api/home" + "?x=" + "y" * 2000, 200),
    ]
    return rows


# Raw requests that end before routing, or whose framing is wrong: (name, bytes, set of allowed statuses)
def early(host):
    h = f"Host: {host}\r\n".encode()
    return [
        ("both lengths", b"GET /api/home HTTP/1.1\r\n" + h + b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", {400}),
        ("header too large", b"GET /api/home HTTP/1.1\r\n" + h + b"X: " + b"y" * 9000 + b"\r\n\r\n", {400, 413, 414, 431}),
        ("target too large", b"GET /api/" + b"y" * 20000 + b" HTTP/1.1\r\n" + h + b"\r\n", {400, 413, 414, 431}),
        ("no version", b"GET /api/home\r\n\r\n", {400}),
        ("bad version", b"GET /api/home HTTP/x.y\r\n" + h + b"\r\n", {400}),
        ("nonsense", b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", {400}),
        ("space in target", b"GET /api/home x HTTP/1.1\r\n" + h + b"\r\n", {400, 404}),
        ("oversized body", b"POST /api/home HTTP/1.1\r\n" + h + b"Content-Length: 1000000\r\n\r\n", {405, 413}),
        ("http 1.0", b"GET /api/home HTTP/1.0\r\n\r\n", {200}),
    ]
