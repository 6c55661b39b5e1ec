"""Stand-ins for vendors that speak HTTP: one process, each vendor under a path prefix of its own.

`localcloud/vendors/<vendor>.py` answers `/<vendor>/…`. It has one public function, `routes(data_dir, environ)`, which
returns an application of `localcloud.httpd`: it is called with requests whose path no longer has the prefix. `data_dir`
is the vendor's own folder; `environ` the variables of `localcloud.environment`, for those that call back.
"""
