# In a checkout or an unpacked release, this very source is what is built, and
# nothing is downloaded.
ifneq ($(wildcard $(BR2_EXTERNAL_BUSTD_PATH)/../../bustd.c),)
BUSTD_OVERRIDE_SRCDIR ?= $(BR2_EXTERNAL_BUSTD_PATH)/../..
BUSTD_OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS ?= \
	--exclude /build --exclude /bustd --exclude /mem-eater \
	--exclude /record --exclude /.flags
endif

include $(sort $(wildcard $(BR2_EXTERNAL_BUSTD_PATH)/package/*/*.mk))
