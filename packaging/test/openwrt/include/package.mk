# Just enough of OpenWrt's package.mk: how a recipe without Build/Compile of its
# own is compiled, and how its packages are installed.
MAKE_VARS=CFLAGS="$(TARGET_CFLAGS) $(TARGET_CPPFLAGS)" \
	LDFLAGS="$(TARGET_LDFLAGS)"
MAKE_FLAGS=$(TARGET_CONFIGURE_OPTS) CROSS="$(TARGET_CROSS)" ARCH="$(ARCH)"

compile:
	+$(MAKE_VARS) $(MAKE) -C $(PKG_BUILD_DIR) $(MAKE_FLAGS)

# the flags of any package that sets none of its own
compile-default:
	+$(MAKE_VARS) $(MAKE) -C $(PKG_BUILD_DIR) \
		$(TARGET_CONFIGURE_OPTS) CROSS="$(TARGET_CROSS)" \
		ARCH="$(ARCH)" STATIC=0 all

define BuildPackage
$(foreach field,TITLE SECTION CATEGORY URL,
  $(eval $(field):=)
)
$(eval $(Package/$(1)))
$(foreach field,TITLE SECTION CATEGORY URL,
  $(if $($(field)),,$(error Package/$(1) has no $(field)))
)
install: install-$(1)
install-$(1):
	$(call Package/$(1)/install,$(DESTDIR)/$(1))
conffiles: conffiles-$(1)
conffiles-$(1):
	@echo "$(Package/$(1)/conffiles)"
endef
