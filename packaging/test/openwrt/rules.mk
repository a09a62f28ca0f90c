# Just enough of OpenWrt's rules.mk to evaluate a recipe: its names, and the
# flags that it gives for x86-64 with its default hardening.
INCLUDE_DIR:=$(TOPDIR)/include
ARCH:=x86_64
TARGET_CC?=musl-gcc
TARGET_CROSS:=
TARGET_CFLAGS:=-Os -pipe -g3 -fno-caller-saves -fno-plt -fhonour-copts \
	-Wno-error=unused-but-set-variable -Wno-error=unused-result \
	-ffile-prefix-map=$(PKG_BUILD_DIR)=bustd -Wformat \
	-Werror=format-security -DPIC -fPIC -fstack-protector \
	-D_FORTIFY_SOURCE=1 -Wl,-z,now -Wl,-z,relro
# only their own compiler has this one
TARGET_CFLAGS:=$(filter-out -fhonour-copts,$(TARGET_CFLAGS))
TARGET_CPPFLAGS:=-I$(TOPDIR)/staging/usr/include
TARGET_LDFLAGS:=-L$(TOPDIR)/staging/usr/lib -pie -znow -zrelro
TARGET_CONFIGURE_OPTS:=AR=ar AS=as LD=ld NM=nm CC="$(TARGET_CC)" \
	GCC="$(TARGET_CC)" CXX=g++ RANLIB=ranlib STRIP=strip OBJCOPY=objcopy \
	OBJDUMP=objdump SIZE=size
INSTALL_DIR:=install -d -m0755
INSTALL_BIN:=install -m0755
INSTALL_CONF:=install -m0600
qstrip=$(strip $(subst ",,$(1)))
