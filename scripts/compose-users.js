// One database user a service, each with rights on its own database alone (docker-compose.yml).
for (const service of ["catalog", "inventory", "pricing", "reviews"]) {
  const name = `duet_${service}`;
  db.getSiblingDB(name).createUser({ user: name, pwd: `duet-${service}`, roles: [{ role: "readWrite", db: name }] });
}
