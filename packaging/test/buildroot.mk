# Just enough of Buildroot to evaluate bustd.mk: its helpers, and the flags that
# it gives for x86-64.
# make -f buildroot.mk TREE=<br2-external tree> SRC=<source> TARGET_DIR=<root>
TARGET_CC ?= musl-gcc
TARGET_MAKE_ENV = PATH="$(PATH)"
TARGET_CFLAGS = -D_LARGEFILE_SOURCE -D_LARGEFILE64_SOURCE \
	-D_FILE_OFFSET_BITS=64 -Os -g0 -D_FORTIFY_SOURCE=1
TARGET_LDFLAGS =
ifeq ($(BR2_STATIC_LIBS),y)
TARGET_CFLAGS += -static
TARGET_LDFLAGS += -static
endif
TARGET_CONFIGURE_OPTS = $(TARGET_MAKE_ENV) AR="ar" AS="as" LD="ld" NM="nm" \
	CC="$(TARGET_CC)" GCC="$(TARGET_CC)" CPP="cpp" CXX="g++" FC="false" \
	F77="false" RANLIB="ranlib" READELF="readelf" STRIP="/bin/true" \
	OBJCOPY="objcopy" OBJDUMP="objdump" AR_FOR_BUILD="ar" \
	CC_FOR_BUILD="gcc" DEFAULT_ASSEMBLER="as" DEFAULT_LINKER="ld" \
	CPPFLAGS="-D_LARGEFILE_SOURCE -D_LARGEFILE64_SOURCE -D_FILE_OFFSET_BITS=64" \
	CFLAGS="$(TARGET_CFLAGS)" CXXFLAGS="$(TARGET_CFLAGS)" \
	LDFLAGS="$(TARGET_LDFLAGS)" FCFLAGS="" FFLAGS="" \
	PKG_CONFIG="false" STAGING_DIR="/nonexistent" INTLTOOL_PERL=perl
INSTALL = install
qstrip = $(strip $(subst ",,$(1)))
generic-package =
BUSTD_PKGDIR = $(TREE)/package/bustd
BR2_EXTERNAL_BUSTD_PATH = $(TREE)

include $(TREE)/external.mk

# what generic-package does with them, $(@D) being the source
all: $(SRC)/.stamp
.PHONY: $(SRC)/.stamp
$(SRC)/.stamp:
	$(BUSTD_CONFIGURE_CMDS)
	$(BUSTD_BUILD_CMDS)
	$(BUSTD_INSTALL_TARGET_CMDS)
	$(BUSTD_INSTALL_INIT_SYSV)
	$(BUSTD_INSTALL_INIT_SYSTEMD)
