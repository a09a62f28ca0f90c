################################################################################
#
# bustd
#
################################################################################

BUSTD_VERSION = 0.1.0
BUSTD_SITE = https://github.com/bustd/bustd/releases/download/v$(BUSTD_VERSION)
BUSTD_LICENSE = MIT
BUSTD_LICENSE_FILES = LICENSE

BUSTD_CFLAGS = $(TARGET_CFLAGS)
BUSTD_MAKE_OPTS = PREFIX=/usr
BUSTD_TARGETS = bustd

# BR2_STATIC_LIBS puts -static into TARGET_LDFLAGS
ifeq ($(BR2_PACKAGE_BUSTD_STATIC)$(BR2_STATIC_LIBS),y)
BUSTD_MAKE_OPTS += STATIC=1
else
BUSTD_MAKE_OPTS += STATIC=0
endif

BUSTD_CONFIG_FILE = $(call qstrip,$(BR2_PACKAGE_BUSTD_CONFIG_FILE))
ifneq ($(BUSTD_CONFIG_FILE),)
define BUSTD_CONFIGURE_CMDS
	$(INSTALL) -D -m 0644 $(BUSTD_CONFIG_FILE) $(@D)/board.h
endef
BUSTD_MAKE_OPTS += CONFIG=board.h
endif

BUSTD_CUTOFF_PSI = $(call qstrip,$(BR2_PACKAGE_BUSTD_CUTOFF_PSI))
ifneq ($(BUSTD_CUTOFF_PSI),)
BUSTD_CFLAGS += -DCUTOFF_PSI=$(BUSTD_CUTOFF_PSI)
endif

BUSTD_AVAILABLE_FLOOR = $(call qstrip,$(BR2_PACKAGE_BUSTD_AVAILABLE_FLOOR))
ifneq ($(BUSTD_AVAILABLE_FLOOR),)
BUSTD_CFLAGS += -DAVAILABLE_FLOOR=$(BUSTD_AVAILABLE_FLOOR)
endif

BUSTD_UNKILLABLES = $(call qstrip,$(BR2_PACKAGE_BUSTD_UNKILLABLES))
ifneq ($(BUSTD_UNKILLABLES),)
BUSTD_CFLAGS += -DUNKILLABLES='\"$(BUSTD_UNKILLABLES)\"'
endif

ifeq ($(BR2_PACKAGE_BUSTD_KILL_PROCESS_GROUP),y)
BUSTD_CFLAGS += -DKILL_PROCESS_GROUP=1
endif

ifeq ($(BR2_PACKAGE_BUSTD_LAST_RESORT_NONE),y)
BUSTD_CFLAGS += -DLAST_RESORT=NONE
else ifeq ($(BR2_PACKAGE_BUSTD_LAST_RESORT_OOM),y)
BUSTD_CFLAGS += -DLAST_RESORT=OOM
else ifeq ($(BR2_PACKAGE_BUSTD_LAST_RESORT_REBOOT),y)
BUSTD_CFLAGS += -DLAST_RESORT=REBOOT
endif

ifeq ($(BR2_PACKAGE_BUSTD_MEM_EATER),y)
BUSTD_TARGETS += mem-eater
define BUSTD_INSTALL_MEM_EATER
	$(INSTALL) -D -m 0755 $(@D)/mem-eater \
		$(TARGET_DIR)/usr/bin/mem-eater
endef
endif

define BUSTD_BUILD_CMDS
	$(TARGET_MAKE_ENV) $(MAKE) -C $(@D) $(TARGET_CONFIGURE_OPTS) \
		CFLAGS="$(BUSTD_CFLAGS)" $(BUSTD_MAKE_OPTS) $(BUSTD_TARGETS)
endef

define BUSTD_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0755 $(@D)/bustd $(TARGET_DIR)/usr/sbin/bustd
	$(BUSTD_INSTALL_MEM_EATER)
endef

define BUSTD_INSTALL_INIT_SYSV
	$(INSTALL) -D -m 0755 $(BUSTD_PKGDIR)/S02bustd \
		$(TARGET_DIR)/etc/init.d/S02bustd
endef

define BUSTD_INSTALL_INIT_SYSTEMD
	$(INSTALL) -D -m 0644 $(BUSTD_PKGDIR)/bustd.service \
		$(TARGET_DIR)/usr/lib/systemd/system/bustd.service
endef

$(eval $(generic-package))
