# Copyright 2026 Gentoo Authors
# Distributed under the terms of the GNU General Public License v2

EAPI=8

inherit systemd toolchain-funcs

DESCRIPTION="Userspace OOM killer for small devices"
HOMEPAGE="https://github.com/bustd/bustd"
SRC_URI="https://github.com/bustd/bustd/releases/download/v${PV}/${P}.tar.gz"

LICENSE="MIT"
SLOT="0"
KEYWORDS="~amd64 ~arm ~arm64 ~mips ~ppc ~riscv ~x86"
IUSE="static"

src_compile() {
	emake CC="$(tc-getCC)" STATIC="$(usex static 1 0)" all
}

src_test() {
	./bustd --version | grep -qF "bustd ${PV}" || die "wrong version"
}

src_install() {
	emake CC="$(tc-getCC)" STATIC="$(usex static 1 0)" \
		DESTDIR="${D}" PREFIX="${EPREFIX}/usr" install
	dobin mem-eater
	doman tools/mem-eater.1
	einstalldocs
	newinitd packaging/openrc/bustd.initd bustd
	newconfd packaging/openrc/bustd.confd bustd
	systemd_dounit packaging/systemd/bustd.service
	insinto /etc/default
	newins packaging/bustd.default bustd
	insinto /usr/lib/dracut/modules.d/50bustd
	doins packaging/dracut/50bustd/*.service
	exeinto /usr/lib/dracut/modules.d/50bustd
	doexe packaging/dracut/50bustd/*.sh
}
